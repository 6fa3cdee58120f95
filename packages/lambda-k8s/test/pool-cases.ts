import { deferred, ManualClock } from "@fc/core";
import type { K8sClient } from "@fc/k8s";
import type { CodePackage, ExecutionEnvironment, FunctionSpec, LambdaBackend, PoolState } from "@fc/lambda/backend";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLambdaK8sBackend, type LambdaK8sBackendOptions, type LambdaK8sSettings } from "../src/index.ts";
import { codePackage, functionSpec, nodeCode } from "./function-samples.ts";
import { invoke } from "./invoke.ts";
import type { TestBed } from "./test-bed.ts";

export interface Ground extends Pick<TestBed, "client" | "options" | "otherHost"> {
  /** The client of another server. */
  readonly otherClient: K8sClient;
}

const waitLong = { timeout: 30_000, interval: 50 };
const signal = new AbortController().signal;

/** What becomes of waiting Pods, on any cluster. */
export function poolCases(ground: () => Ground): void {
  const backends: LambdaBackend[] = [];
  let backend: LambdaBackend;
  const open = (
    settings: Partial<LambdaK8sSettings> = {},
    client = ground().client,
    over: Partial<LambdaK8sBackendOptions> = {},
  ): LambdaBackend => {
    const made = createLambdaK8sBackend({
      ...ground().options,
      ...over,
      client,
      settings: { poolSize: 1, ...settings },
    });
    backends.push(made);
    return made;
  };
  /** In place of the one that a case begins with. */
  const openInstead = async (...how: Parameters<typeof open>): Promise<void> => {
    await backend[Symbol.asyncDispose]();
    backend = open(...how);
  };
  const spec = functionSpec({ memorySizeMb: 128 });
  const launch = (of: FunctionSpec = spec, code: CodePackage = nodeCode): Promise<ExecutionEnvironment> =>
    backend.launch({ spec: of, code, initTimeoutMs: 10_000 }, { signal });
  const state = (): PoolState | undefined => backend.pools?.()[0];
  /** Names of the Pods that wait. */
  const waiting = async (count = 1): Promise<string[]> => {
    await vi.waitUntil(() => state()?.waiting === count, waitLong);
    const pods = await ground().client.listPods("fakecloud-lambda-pool");
    return pods.filter((pod) => pod.metadata?.deletionTimestamp === undefined).map((pod) => pod.metadata?.name ?? "");
  };
  const nameOf = (environment: ExecutionEnvironment): string => (environment.handle as { name: string }).name;

  beforeEach(() => {
    backend = open();
  });

  afterEach(async () => {
    await Promise.all(backends.splice(0).map((one) => one[Symbol.asyncDispose]()));
    // A kubelet that has much to do needs longer than a server that ends waits for it.
    await vi.waitFor(async () => {
      expect(await ground().client.listPods("fakecloud-service=lambda")).toEqual([]);
      expect(await ground().client.listSecrets("fakecloud-service=lambda")).toEqual([]);
    }, waitLong);
  });

  test("a function gets a Pod that waits, the Pod its labels, and the next function another Pod", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    const [first] = await waiting();
    const environment = await launch();
    expect(nameOf(environment)).toBe(first);
    expect((await invoke(environment, { a: 1 })).body).toMatchObject({ name: "hello", memory: "128", env: [] });
    const { client } = ground();
    const labelled = await client.waitForPod(
      first ?? "",
      (pod) => pod.metadata?.labels?.["fakecloud-lambda"] === "hello",
      {
        timeoutMs: 10_000,
        what: "to be labelled",
      },
    );
    expect(labelled.metadata?.labels).not.toHaveProperty("fakecloud-lambda-pool");
    await waiting();
    const other = await launch(
      functionSpec({ memorySizeMb: 128, functionName: "other", environment: { GREETING: "ü" } }),
    );
    expect(nameOf(other)).not.toBe(first);
    expect((await invoke(other, {})).body).toMatchObject({ name: "other", greeting: "ü" });
    expect(state()).toMatchObject({ claimed: 2, missed: 0 });
  });

  test("a function that needs another Pod does not get one that waits", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    const [first] = await waiting();
    const environment = await launch(functionSpec({ memorySizeMb: 192 }));
    expect(nameOf(environment)).not.toBe(first);
    expect((await invoke(environment, {})).result.outcome).toBe("success");
  });

  test("a Pod that is deleted while it waits is replaced, and never given to a function", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    const [first = ""] = await waiting();
    await ground().client.deletePod(first);
    await vi.waitUntil(() => state()?.lastFailure !== undefined, waitLong);
    const [second] = await waiting();
    expect(second).not.toBe(first);
    expect(nameOf(await launch())).toBe(second);
  });

  test("a Pod that is lost while its code is on the way is no matter to the function", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    const [first = ""] = await waiting();
    let lost = false;
    const code: CodePackage = {
      ...nodeCode,
      content: async function* () {
        if (!lost) {
          lost = true;
          // Its process may go on for two seconds, and would have the code before the server hears of the loss.
          const told = deferred();
          const unsubscribe = ground().client.onPodChange((type, { metadata }) => {
            if (type === "deleted" && metadata?.name === first) told.resolve();
          });
          await ground().client.deletePod(first, { gracePeriodSeconds: 0 });
          await told.promise;
          unsubscribe();
        }
        yield* nodeCode.content();
      },
    };
    const environment = await launch(spec, code);
    expect(nameOf(environment)).not.toBe(first);
    expect((await invoke(environment, { once: true })).body).toMatchObject({ event: { once: true } });
  });

  test("a Pod that is lost in the function's init phase is no matter to the function", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    const [first = ""] = await waiting();
    const slow = codePackage({
      "index.mjs":
        "console.log('starting'); await new Promise((done) => setTimeout(done, 3000)); export const handler = async () => process.pid;",
    });
    const launched = launch(spec, slow);
    await vi.waitFor(async () => {
      expect(await ground().client.podLogs(first, "function")).toContain("starting");
    }, waitLong);
    await ground().client.deletePod(first, { gracePeriodSeconds: 0 });
    const environment = await launched;
    expect(nameOf(environment)).not.toBe(first);
    expect((await invoke(environment, {})).result.outcome).toBe("success");
  });

  test("an event is not tried again when its Pod is lost with it", async () => {
    await backend.prepare?.({ spec, code: nodeCode });
    await waiting();
    const environment = await launch();
    const running = invoke(environment, { sleepMs: 60_000 }, { timeoutMs: 60_000 });
    await vi.waitFor(async () => expect(await environment.logs()).toContain("sleepMs"), waitLong);
    await ground().client.deletePod(nameOf(environment), { gracePeriodSeconds: 0 });
    expect((await running).result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
  });

  test("an image that does not exist is told by its reason, at once and after the tries that make its kind count as broken", async () => {
    const broken = functionSpec({ runtime: "ruby2.5" });
    const why = {
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { reason: expect.stringMatching(/ErrImagePull|ImagePullBackOff/) },
    };
    await expect(backend.prepare?.({ spec: broken, code: nodeCode })).rejects.toMatchObject(why);
    await vi.waitUntil(() => state()?.broken, waitLong);
    expect(state()).toMatchObject({ waiting: 0, lastFailure: { text: expect.stringMatching(/ruby:2\.5/) } });
    const other = functionSpec({ runtime: "ruby2.5", functionName: "other" });
    await expect(backend.prepare?.({ spec: other, code: nodeCode })).rejects.toMatchObject(why);
    await expect(launch(other)).rejects.toMatchObject(why);
    // Others have their Pods all the same.
    await backend.prepare?.({ spec, code: nodeCode });
    expect((await invoke(await launch(), {})).result.outcome).toBe("success");
  });

  test("a function whose Pod is to be another one gets that, and those of the former template go", async () => {
    const clock = new ManualClock(Date.now());
    await openInstead({ poolIdleSeconds: 600 }, ground().client, { clock });
    await backend.prepare?.({ spec, code: nodeCode });
    const [first] = await waiting();
    const changed = { ...spec, tags: { "fakecloud-k8s/annotations": "example.com/level=changed" } };
    await backend.prepare?.({ spec: changed, code: nodeCode });
    const environment = await launch(changed);
    expect(nameOf(environment)).not.toBe(first);
    const { metadata } = (await ground().client.getPod(nameOf(environment))) ?? {};
    expect(metadata?.annotations).toMatchObject({ "example.com/level": "changed" });
    expect((await invoke(environment, {})).result.outcome).toBe("success");
    await clock.advance(610_000);
    await vi.waitUntil(async () => (await ground().client.getPod(first ?? "")) === undefined, waitLong);
  });

  test("Pods that know another address of the server give way to Pods that know the new one", async ({ skip }) => {
    const { client, options, otherHost } = ground();
    if (otherHost === undefined) return skip("Pods reach this process at one address only");
    let { host } = options.runtimeApiAddress;
    const runtimeApiAddress = { ...options.runtimeApiAddress, host: "server.test" };
    await openInstead({}, client, { runtimeApiAddress, lookup: () => Promise.resolve(host) });
    await backend.prepare?.({ spec, code: nodeCode });
    const [first] = await waiting();
    host = otherHost;
    // A launch that fails has the address looked up again.
    await expect(launch(functionSpec({ runtime: "ruby2.5" }))).rejects.toMatchObject({
      code: "FC_LAMBDA_LAUNCH_FAILED",
    });
    await backend.prepare?.({ spec, code: nodeCode });
    await vi.waitUntil(async () => (await client.getPod(first ?? "")) === undefined, waitLong);
    const [second = ""] = await waiting();
    expect((await client.getPod(second))?.spec?.hostAliases?.[0]?.ip).toBe(otherHost);
    const environment = await launch();
    expect(nameOf(environment)).toBe(second);
    expect((await invoke(environment, {})).result.outcome).toBe("success");
  });

  test("two servers in a namespace have Pods of their own, and one that ends takes only its own", async () => {
    const second = open({}, ground().otherClient);
    await backend.prepare?.({ spec, code: nodeCode });
    const [ours] = await waiting();
    await second.prepare?.({ spec, code: nodeCode });
    const theirs = await second.launch({ spec, code: nodeCode, initTimeoutMs: 10_000 }, { signal });
    expect(nameOf(theirs)).not.toBe(ours);
    await second[Symbol.asyncDispose]();
    expect(await waiting()).toEqual([ours]);
    expect(nameOf(await launch())).toBe(ours);
  });

  test("a Pod that waits makes room for a function that finds none", async () => {
    const { core, namespace } = ground().client;
    const name = "one-pod";
    await backend.prepare?.({ spec, code: nodeCode });
    const [first] = await waiting();
    await core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name }, spec: { hard: { pods: "1" } } },
    });
    try {
      await vi.waitFor(async () => {
        expect((await core.readNamespacedResourceQuota({ namespace, name })).status?.used).toEqual({ pods: "1" });
      }, waitLong);
      const environment = await launch(functionSpec({ memorySizeMb: 192 }));
      expect(nameOf(environment)).not.toBe(first);
      expect((await invoke(environment, {})).result.outcome).toBe("success");
      expect(await ground().client.listPods("fakecloud-lambda-pool")).toEqual([]);
    } finally {
      await core.deleteNamespacedResourceQuota({ namespace, name });
    }
  });

  test("more functions at once than Pods wait are all served", async () => {
    await openInstead({ poolSize: 2 });
    await backend.prepare?.({ spec, code: nodeCode });
    await waiting(2);
    const environments = await Promise.all(Array.from({ length: 6 }, () => launch()));
    const answers = await Promise.all(environments.map((environment, index) => invoke(environment, { index })));
    expect(answers.map(({ body }) => body["event"])).toEqual(environments.map((_, index) => ({ index })));
    expect(new Set(environments.map(nameOf)).size).toBe(6);
  });
}
