import { randomBytes } from "node:crypto";
import { UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node, type TestFunction, zipOf } from "../lib/functions.ts";
import { evictPod, functionPods, killPod, podAt } from "../lib/pods.ts";
import { type Probe, startProbe } from "../lib/probe.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-loss-${randomBytes(4).toString("hex")}`;
const long = { timeout: 60_000, interval: 200 };
const lost = { error: "Unhandled", payload: { errorType: "Runtime.ExitError" } };
const ways = [
  ["deleted", killPod],
  ["evicted", evictPod],
] as const;

const cluster = FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env);

let probe: Probe;
beforeAll(async () => {
  await createNamespace(namespace);
  probe = await startProbe(await machineAddress());
});
afterAll(async () => {
  await probe?.[Symbol.asyncDispose]();
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

// Two servers in one namespace: each has Pods of its own.
describe.concurrent.each(["auto", "0"])("with FAKECLOUD_LAMBDA_K8S_POOL_SIZE=%s", (poolSize) => {
  let server: ServerProcess;
  let client: ReturnType<typeof lambdaClient>;
  beforeAll(async () => {
    const settings = { FAKECLOUD_LAMBDA_K8S_POOL_SIZE: poolSize, FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "120" };
    server = await startServerOnCluster(namespace, settings);
    client = lambdaClient(server.url);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** A function that tells the probe everything, with a name of its own. */
  async function probed(what: string, extra: Partial<TestFunction> = {}): Promise<string> {
    const name = `${what}-${poolSize}`;
    await createFunction(client, node(name, probe.source, { timeout: 60, ...extra }));
    return name;
  }
  const podsOf = (name: string): ReturnType<typeof functionPods> => functionPods(namespace, `fakecloud-lambda=${name}`);
  /** The function's one Pod: one that waited is told apart a moment later. */
  async function podOf(name: string): Promise<string> {
    return await vi.waitUntil(async () => {
      const [pod, second] = await podsOf(name);
      return second === undefined && pod?.name;
    }, long);
  }

  describe.concurrent.each(ways)("a Pod that is %s", (how, kill) => {
    test("before any container of it runs: its event goes to another Pod", async () => {
      const label = `fc-e2e-${randomBytes(4).toString("hex")}`;
      const tags = { "fakecloud-k8s/node-selector": `${label}=here` };
      const name = await probed(`starting-${how}`, { tags });
      const answer = invoke(client, name, { id: name });
      const placed = async (): Promise<string[]> =>
        (await functionPods(namespace)).filter((pod) => label in pod.nodeSelector).map((pod) => pod.name);
      await vi.waitUntil(async () => (await placed()).length > 0, long);
      const first = await placed();
      await Promise.all(first.map((pod) => kill(namespace, pod)));
      await vi.waitUntil(async () => (await placed()).some((pod) => !first.includes(pod)), long);
      const [machine = ""] = (await kubectl("get", "nodes", "-o", "name")).split("\n");
      await kubectl("label", machine, `${label}=here`);
      expect(await answer).toMatchObject({ payload: name, error: undefined });
      await kubectl("label", machine, `${label}-`);
      expect(probe.deliveries(name)).toBe(1);
    });

    test("in the function's init phase: its event goes to another Pod", async () => {
      const name = await probed(`init-${how}`);
      const held = probe.hold(`/init/${name}`);
      const answer = invoke(client, name, { id: name });
      const { from, release } = await held;
      await kill(namespace, await podAt(namespace, from));
      expect(await answer).toMatchObject({ payload: name, error: undefined });
      release();
      expect(probe.deliveries(name)).toBe(1);
      expect(probe.seen.filter((path) => path === `/init/${name}`)).toHaveLength(2);
    });

    test("while it is idle: the next event goes to another Pod", async () => {
      const name = await probed(`idle-${how}`);
      await invoke(client, name, { id: `${name}-1` });
      const first = await podOf(name);
      await kill(namespace, first);
      await kubectl("wait", "-n", namespace, `pod/${first}`, "--for=delete", "--timeout=60s");
      expect(await invoke(client, name, { id: `${name}-2` })).toMatchObject({ payload: `${name}-2`, error: undefined });
      expect([probe.deliveries(`${name}-1`), probe.deliveries(`${name}-2`)]).toEqual([1, 1]);
      expect(await podOf(name)).not.toBe(first);
    });

    test("while its function runs: the caller gets AWS's error, and the event does not run again", async () => {
      const name = await probed(`busy-${how}`);
      const held = probe.hold(`/event/${name}`);
      const answer = invoke(client, name, { id: name });
      const { from, release } = await held;
      await kill(namespace, await podAt(namespace, from));
      expect(await answer).toMatchObject(lost);
      release();
      expect((await invoke(client, name, { id: `${name}-next` })).payload).toBe(`${name}-next`);
      expect([probe.deliveries(name), probe.deliveries(`${name}-next`)]).toEqual([1, 1]);
    });

    test("while it retires: the function runs on, with its new code", async () => {
      const name = await probed(`retiring-${how}`);
      const held = probe.hold(`/event/${name}`);
      const busy = invoke(client, name, { id: name });
      const { from, release } = await held;
      const old = await podAt(namespace, from);
      const ZipFile = await zipOf({ "index.mjs": "export const handler = async () => 'new code';" });
      await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
      release();
      expect((await busy).payload).toBe(name);
      // Its end has begun, and may be over.
      await kill(namespace, old).catch(() => undefined);
      expect((await invoke(client, name)).payload).toBe("new code");
      await vi.waitUntil(async () => (await podsOf(name)).every((pod) => pod.name !== old), long);
      expect(probe.deliveries(name)).toBe(1);
    });
  });

  // How a Pod came to be makes no difference to its network.
  if (poolSize === "auto")
    describe.skipIf(cluster === undefined)("a Pod that is cut off from the network, as its node may be", () => {
      test("while it is idle: is found out, and the next event goes to another Pod", async () => {
        const name = await probed("idle-cut-off");
        const held = probe.hold(`/event/${name}-1`);
        const answer = invoke(client, name, { id: `${name}-1` });
        const { from, release } = await held;
        release();
        await answer;
        const first = await podAt(namespace, from);
        await cluster?.cutOff(from);
        const warm = async (): Promise<string> =>
          await (await fetch(`${server.url}/_fakecloud/lambda/warm-containers`)).text();
        await vi.waitUntil(async () => !(await warm()).includes(first), long);
        expect(await invoke(client, name, { id: `${name}-2` })).toMatchObject({
          payload: `${name}-2`,
          error: undefined,
        });
        expect(probe.deliveries(`${name}-2`)).toBe(1);
      });

      test("while its function runs: AWS's error comes long before the function's timeout", async () => {
        const name = await probed("busy-cut-off", { timeout: 300 });
        const held = probe.hold(`/event/${name}`);
        const answer = invoke(client, name, { id: name });
        await cluster?.cutOff((await held).from);
        expect(await answer).toMatchObject(lost);
        expect(probe.deliveries(name)).toBe(1);
      });
    });
});
