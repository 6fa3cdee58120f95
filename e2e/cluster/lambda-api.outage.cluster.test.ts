import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { functionPods } from "../lib/pods.ts";
import { type Probe, startProbe } from "../lib/probe.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-outage-${randomBytes(4).toString("hex")}`;
const cluster = FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env);
const long = { timeout: 90_000, interval: 500 };
const outageMs = 60_000;
const callers = 4;
/** Between a caller's answer and its next call. */
const pauseMs = 50;

describe.skipIf(cluster === undefined)("functions while the API server is away", () => {
  let servers: ServerProcess[] = [];
  let probe: Probe;
  const start = async (settings: Record<string, string> = {}): Promise<ServerProcess> => {
    const server = await startServerOnCluster(namespace, settings);
    servers.push(server);
    return server;
  };
  beforeAll(async () => {
    await createNamespace(namespace);
    probe = await startProbe(await machineAddress());
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    servers = [];
  });
  afterAll(async () => {
    await probe?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
    await cluster?.settled();
  });

  test("cold starts outlive a restart of the API server, and an event that finds none waits for it", async () => {
    const server = await start({ FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "0", FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "150" });
    const client = lambdaClient(server.url);
    const label = `fc-e2e-${randomBytes(4).toString("hex")}`;
    const tags = { "fakecloud-k8s/node-selector": `${label}=here` };
    await createFunction(client, node("starting", probe.source, { tags, timeout: 30 }));
    for (const name of ["init", "late"]) await createFunction(client, node(name, probe.source, { timeout: 30 }));
    const starting = invoke(client, "starting", { id: "starting" });
    await expect.poll(() => functionPods(namespace, "fakecloud-lambda=starting"), long).toHaveLength(1);
    const held = probe.hold("/init/init");
    const init = invoke(client, "init", { id: "init" });
    const { release } = await held;
    await cluster?.withoutApi(async () => {
      release();
      await invoke(client, "late", { id: "late" }, { InvocationType: "Event" });
    });
    const [machine = ""] = (await kubectl("get", "nodes", "-o", "name")).split("\n");
    await kubectl("label", machine, `${label}=here`);
    const answers = await Promise.all([starting, init]);
    await kubectl("label", machine, `${label}-`);
    expect(answers.map(({ payload }) => payload)).toEqual(["starting", "init"]);
    await expect.poll(() => probe.deliveries("late"), long).toBe(1);
    expect([probe.deliveries("starting"), probe.deliveries("init")]).toEqual([1, 1]);
  });

  test("warm invocations go on for a minute, a function gets a Pod that waits, one without is told why, and no server takes another for dead", async () => {
    const one = { FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "1" };
    const [server, other] = await Promise.all([start(one), start(one)]);
    const client = lambdaClient(server.url);
    await createFunction(client, node("steady", "export const handler = async ({ n }) => n;"));
    await createFunction(client, node("fresh", "export const handler = async () => 'fresh';"));
    await createFunction(client, node("another", "export const handler = async () => 'another';"));
    const theirs = lambdaClient(other.url);
    await createFunction(theirs, node("theirs", "export const handler = async () => 'theirs';"));
    await Promise.all(Array.from({ length: callers }, (_, n) => invoke(client, "steady", { n })));
    await invoke(theirs, "theirs");
    await expect.poll(() => waitingPods(server), long).toBeGreaterThan(0);
    const before = (await functionPods(namespace)).map(({ name }) => name);

    const durations: number[] = [];
    const failures: unknown[] = [];
    const cold: unknown[] = [];
    const call = async (until: number): Promise<void> => {
      for (let n = 0; performance.now() < until; n += 1) {
        const began = performance.now();
        await invoke(client, "steady", { n }).then(
          ({ payload, error }) => payload === n || failures.push({ n, payload, error }),
          (error: unknown) => failures.push(error),
        );
        durations.push(performance.now() - began);
        await delay(pauseMs);
      }
    };
    await cluster?.withoutApi(async () => {
      const until = performance.now() + outageMs;
      const calling = Promise.all(Array.from({ length: callers }, () => call(until)));
      cold.push((await invoke(client, "fresh")).payload);
      cold.push(await invoke(client, "another").catch(({ name, message }: Error) => `${name}: ${message}`));
      await calling;
    });
    const back = Date.now();
    report(durations);
    expect(failures).toEqual([]);
    expect(durations.length).toBeGreaterThan(1_000);
    expect(cold).toEqual(["fresh", expect.stringMatching(/^ServiceException: .*no answer from the Kubernetes API/)]);
    // Every Lease had run out. They are renewed long before anybody may act on that.
    await expect.poll(async () => (await renewals()).every((at) => at > back), long).toBe(true);
    expect(await renewals()).toHaveLength(2);
    expect((await invoke(theirs, "theirs")).payload).toBe("theirs");
    expect((await functionPods(namespace)).map(({ name }) => name)).toEqual(expect.arrayContaining(before));
  }, 300_000);
});

/** When each server's Lease was renewed last, in milliseconds. */
async function renewals(): Promise<number[]> {
  const path = 'jsonpath={range .items[*]}{.spec.renewTime}{"\\n"}{end}';
  const text = await kubectl("get", "leases", "-n", namespace, "-o", path);
  return text
    .split("\n")
    .filter(Boolean)
    .map((time) => Date.parse(time));
}

async function waitingPods(server: ServerProcess): Promise<number> {
  const { pools } = (await (await fetch(`${server.url}/_fakecloud/lambda/pools`)).json()) as {
    pools: { waiting: number }[];
  };
  return pools.reduce((sum, { waiting }) => sum + waiting, 0);
}

function report(durations: readonly number[]): void {
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  console.log(
    `without the API server: ${sorted.length} invocations, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
  );
}
