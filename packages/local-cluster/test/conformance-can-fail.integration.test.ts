import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changed } from "@fc/core/conformance";
import { K8sClient } from "@fc/k8s";
import {
  type CaseResult,
  type ConformanceCase,
  type ConformanceTarget,
  checkCluster,
  conformanceCases,
  runCase,
} from "@fc/k8s/conformance";
import { FaultProxy } from "@fc/k8s/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/index.ts";
import { accessMistakes } from "./can-fail/access-mistakes.ts";
import { changeMistakes } from "./can-fail/change-mistakes.ts";
import { connectMistakes } from "./can-fail/connect-mistakes.ts";
import { dialMistakes } from "./can-fail/dial-mistakes.ts";
import { execMistakes } from "./can-fail/exec-mistakes.ts";
import { logMistakes } from "./can-fail/log-mistakes.ts";
import type { Mistake } from "./can-fail/mistake.ts";
import { objectMistakes } from "./can-fail/object-mistakes.ts";
import { outageMistakes } from "./can-fail/outage-mistakes.ts";
import { ownershipMistakes } from "./can-fail/ownership-mistakes.ts";
import { waitMistakes } from "./can-fail/wait-mistakes.ts";
import { clusterTarget } from "./cluster-target.ts";

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

/** First those whose cases take long: the others fill the time. */
const mistakes = [
  ...ownershipMistakes,
  ...waitMistakes,
  ...connectMistakes,
  ...accessMistakes,
  ...objectMistakes,
  ...changeMistakes,
  ...execMistakes,
  ...logMistakes,
  ...dialMistakes,
  ...outageMistakes,
];

/** Cases that no mistake is known to fail, and why. */
const unproven: Readonly<Record<string, string>> = {
  "access: a server that is away is a problem, not a failure":
    "no target brings its own checkAccess, and where the server is away nobody can answer otherwise",
};

function nameOf({ group, name }: ConformanceCase): string {
  return `${group}: ${name}`;
}

function caseOf(beginning: string): ConformanceCase {
  const found = conformanceCases.filter((entry) => nameOf(entry).startsWith(beginning));
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} cases begin with "${beginning}"`);
  return found[0];
}

function target({ client: otherwise, connect }: Mistake = {}, kubeconfig = cluster.kubeconfigPath): ConformanceTarget {
  return {
    ...clusterTarget(cluster),
    kubeconfig,
    connect: async (options) => {
      const client = await (connect === undefined ? K8sClient.connect(options) : connect(options, kubeconfig));
      return otherwise === undefined ? client : changed(client, otherwise(client));
    },
  };
}

/** What the case says against it. */
async function failure(mistake: Mistake, entry: ConformanceCase): Promise<string> {
  await using proxy = mistake.api && (await FaultProxy.start({ kubeconfig: cluster.kubeconfigPath }));
  if (proxy !== undefined) mistake.api?.(proxy);
  const { cutMs = entry.timeoutMs } = mistake;
  const result = await runCase(target(mistake, proxy?.kubeconfigPath), { ...entry, timeoutMs: cutMs });
  if (result.outcome !== "failed") throw new Error(`"${entry.name}" ${result.outcome}`);
  return String(result.error);
}

const proofs = mistakes
  .flatMap(([what, mistake, says, foundBy]) => foundBy.map((name) => ({ what, mistake, says, entry: caseOf(name) })))
  .toSorted((a, b) => Number(a.entry.disturbs) - Number(b.entry.disturbs));

for (const { what, mistake, says, entry } of proofs)
  (entry.disturbs ? test : test.concurrent)(`${what}: found by "${nameOf(entry)}"`, async () => {
    expect(await failure(mistake, entry)).toMatch(says);
  });

test("every case is known to fail", () => {
  const known = new Set(proofs.map(({ entry }) => nameOf(entry)));
  expect(conformanceCases.map(nameOf).filter((name) => !known.has(name))).toEqual(Object.keys(unproven));
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
  const results = await checkCluster({ ...target(), abilities: {}, absent }, { cases, onResult });
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
