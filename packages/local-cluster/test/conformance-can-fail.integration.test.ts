import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { K8sClient } from "@fc/k8s";
import {
  type CaseResult,
  type ConformanceCase,
  type ConformanceTarget,
  checkCluster,
  conformanceCases,
  runCase,
} from "@fc/k8s/conformance";
import { FaultProxy, faults } from "@fc/k8s/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/index.ts";

let directory: string;
let cluster: LocalCluster;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-can-fail-"));
  cluster = await startLocalCluster({ dataDirectory: directory, nodes: 2 });
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

type Break = (client: K8sClient) => Partial<Record<keyof K8sClient, unknown>>;

/** A client some of whose methods do otherwise. */
function broken(client: K8sClient, breakIt: Break): K8sClient {
  const others = breakIt(client);
  return new Proxy(client, {
    get: (target, key) => {
      const value: unknown = Object.hasOwn(others, key) ? Reflect.get(others, key) : Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const plainly = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: Error) => {
    throw new Error(error.message);
  });

/** For every group a mistake, the case that must find it, and what that says. */
const mistakes: readonly (readonly [group: string, name: string, says: RegExp, breakIt: Break])[] = [
  [
    "objects",
    "Pods are created, read",
    /Expected values/,
    (client) => ({ deletePod: (name: string) => client.deletePod(name) }),
  ],
  [
    "waits",
    "a predicate that throws",
    /expected to fail/,
    (client) => ({ waitForPod: (name: string) => client.getPod(name) }),
  ],
  ["changes", "every Pod of every process", /not done within/, () => ({ onPodChange: () => () => undefined })],
  [
    "exec",
    "every byte comes as it is",
    /strictly deep-equal/,
    (client) => ({
      exec: async (...args: Parameters<K8sClient["exec"]>) => {
        const output = await client.exec(...args);
        return { ...output, stdout: output.stdout.subarray(1) };
      },
    }),
  ],
  [
    "input and files",
    "output that is not what it should be",
    /expected to fail/,
    (client) => ({
      execToFile: (...[pod, container, argv, path, { signal } = {}]: Parameters<K8sClient["execToFile"]>) =>
        client.execToFile(pod, container, ["echo", ...argv], path, { signal }),
    }),
  ],
  [
    "logs",
    "a log is read whole",
    /strictly equal/,
    (client) => ({
      podLogs: async (...args: Parameters<K8sClient["podLogs"]>) => (await client.podLogs(...args)).trim().slice(1),
    }),
  ],
  [
    "dial",
    "a Pod without an address",
    /KubernetesError was expected/,
    (client) => ({ dial: (...args: Parameters<K8sClient["dial"]>) => plainly(client.dial(...args)) }),
  ],
  ["ownership", "what a process owns carries", /strictly equal/, () => ({ owned: (meta: object) => meta })],
  [
    "pod config",
    "selector, tolerations and annotations",
    /deep-equal/,
    (client) => ({
      createPod: (pod: Parameters<K8sClient["createPod"]>[0]) =>
        client.createPod({ ...pod, metadata: { ...pod.metadata, annotations: {} } }),
    }),
  ],
  [
    "start failures",
    "a program that ends, with",
    /PodStartError was expected/,
    (client) => ({ waitForPod: (...args: Parameters<K8sClient["waitForPod"]>) => plainly(client.waitForPod(...args)) }),
  ],
  [
    "refusals",
    "a Pod beyond the quota",
    /KubernetesError was expected/,
    (client) => ({ createPod: (...args: Parameters<K8sClient["createPod"]>) => plainly(client.createPod(...args)) }),
  ],
  [
    "losses",
    "a Pod that is deleted while it is made",
    /expected to fail/,
    (client) => ({
      waitForPod: (...args: Parameters<K8sClient["waitForPod"]>) => client.waitForPod(...args).catch(() => ({})),
    }),
  ],
  [
    "nodes",
    "a Pod of another node",
    /strictly equal/,
    (client) => ({
      exec: async (...args: Parameters<K8sClient["exec"]>) => ({
        ...(await client.exec(...args)),
        stdout: Buffer.of(),
      }),
    }),
  ],
  [
    "outages",
    "a store that takes seconds",
    /5 Pods of 4|made, . found/,
    (client) => ({
      createPod: async (pod: Parameters<K8sClient["createPod"]>[0]) => {
        const { metadata } = pod;
        await client.createPod({ ...pod, metadata: { ...metadata, name: `${metadata?.name}-2` } });
        return await client.createPod(pod);
      },
    }),
  ],
];

function caseOf(group: string, name: string): ConformanceCase {
  const found = conformanceCases.find((entry) => entry.group === group && entry.name.startsWith(name));
  if (found === undefined) throw new Error(`there is no case "${group}: ${name}"`);
  return found;
}

function target(breakIt: Break = () => ({}), kubeconfig = cluster.kubeconfigPath): ConformanceTarget {
  return {
    kubeconfig,
    abilities: {
      podNetwork: true,
      secondNode: "fc-local-2",
      withSlowStore: async (delayMs, work) => {
        using _slowness = cluster.faults.slowWrites(delayMs);
        await work();
      },
    },
    connect: async (options) => {
      const { K8sClient: Client } = await import("@fc/k8s");
      return broken(await Client.connect(options), breakIt);
    },
  };
}

function failure(result: CaseResult): string {
  if (result.outcome !== "failed") throw new Error(`"${result.case.name}" ${result.outcome}`);
  return String(result.error);
}

for (const [group, name, says, breakIt] of mistakes)
  test.concurrent(`${group}: "${name}…" finds a mistake`, async () => {
    const entry = { ...caseOf(group, name), timeoutMs: 20_000 };
    expect(failure(await runCase(target(breakIt), entry))).toMatch(says);
  });

test("connect and access: a cluster that refuses what it should not is found", async () => {
  await using proxy = await FaultProxy.start({ kubeconfig: cluster.kubeconfigPath });
  proxy.inject(faults.status(403), { verb: "create", resource: "pods" });
  proxy.inject(faults.status(500), { verb: "get", resource: "leases" });
  const through = target(undefined, proxy.kubeconfigPath);
  expect(failure(await runCase(through, caseOf("access", "who may do everything")))).toMatch(/deep-equal/);
  expect(failure(await runCase(through, caseOf("connect", "a process shows itself")))).toMatch(/500/);
});

test("every group has a case that is known to fail", () => {
  const known = new Set(["connect", "access", ...mistakes.map(([group]) => group)]);
  expect(known).toEqual(new Set(conformanceCases.map(({ group }) => group)));
});

test("a case that needs what is not there is skipped with the reason, one that leaves something behind or never ends fails", async () => {
  const base = { group: "kit", needs: [], disturbs: false, timeoutMs: 20_000 };
  const cases: readonly ConformanceCase[] = [
    { ...base, name: "alone", disturbs: true, run: () => Promise.resolve() },
    { ...base, name: "needy", needs: ["evict"], run: () => Promise.reject(new Error("it was run")) },
    {
      ...base,
      name: "untidy",
      run: async ({ connect, client }) => {
        const installed = await connect({ installationId: "home" });
        await client.createSecret({ metadata: installed.owned({ name: "left" }, "installation", "lambda") });
      },
    },
    {
      ...base,
      name: "endless",
      timeoutMs: 500,
      run: ({ signal, client }) => client.waitForTcp("127.0.0.1", 1, 60_000, { signal }),
    },
  ];
  const ended: string[] = [];
  const onResult = (result: CaseResult): number => ended.push(result.case.name);
  const absent = { evict: "nobody can" } as const;
  const results = await checkCluster({ ...target(), absent }, { cases, onResult });
  expect(results.map(({ case: { name }, outcome }) => `${name} ${outcome}`)).toEqual([
    "alone passed",
    "needy skipped",
    "untidy failed",
    "endless failed",
  ]);
  expect(ended.at(-1)).toBe("alone");
  expect(results[1]).toMatchObject({ reason: "evict: nobody can" });
  expect(String((results[2] as { error: unknown }).error)).toMatch(/left something behind[\s\S]*Secret left/);
  expect(String((results[3] as { error: unknown }).error)).toMatch(/not done within 500 ms/);
});
