import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { environmentsOf } from "../lib/environments.ts";
import { createFunction, invoke, node, zipOf } from "../lib/functions.ts";
import { functionPods } from "../lib/pods.ts";
import { type Probe, startProbe } from "../lib/probe.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-kill-${randomBytes(4).toString("hex")}`;
/** Until others may know that the server is dead, its Lease must run out. */
const long = { timeout: 150_000, interval: 500 };
const provisioned = { FunctionName: "provisioned", Qualifier: "1" };

/** Resolves when the Pod of the function that has provisioned concurrency is there. */
async function provisionedIsReady(client: LambdaClient): Promise<void> {
  const isReady = async (): Promise<boolean> =>
    (await client.send(new GetProvisionedConcurrencyConfigCommand(provisioned))).Status === "READY";
  await vi.waitUntil(isReady, long);
}

describe("after kill -9 in the middle of everything, a server with the same data path", () => {
  let folder: string;
  let probe: Probe;
  let next: ServerProcess;
  /** What the caller of a synchronous invocation was told. */
  let told: unknown;
  let left: readonly string[];

  beforeAll(async () => {
    await createNamespace(namespace);
    folder = await mkdtemp(join(tmpdir(), "fc-e2e-kill-"));
    probe = await startProbe(await machineAddress());
    const killed = await startServerOnCluster(namespace, {}, ["--data-path", folder]);
    try {
      const client = lambdaClient(killed.url);
      const names = ["idle", "starting", "busy", "called", "retiring", "provisioned"];
      await Promise.all(names.map((name) => createFunction(client, node(name, probe.source, { timeout: 120 }))));
      await invoke(client, "idle", { id: "idle-1" });
      await client.send(new PublishVersionCommand({ FunctionName: "provisioned" }));
      const input = { ...provisioned, ProvisionedConcurrentExecutions: 1 };
      await client.send(new PutProvisionedConcurrencyConfigCommand(input));
      await provisionedIsReady(client);
      const paths = ["/init/starting", "/event/busy", "/event/called", "/event/retiring"];
      const held = paths.map((path) => probe.hold(path));
      const event = { InvocationType: "Event" } as const;
      await invoke(client, "starting", { id: "starting" }, event);
      for (const id of ["busy", "retiring"]) await invoke(client, id, { id }, event);
      const called = invoke(client, "called", { id: "called" }).catch((error: unknown) => error);
      await Promise.all(held);
      const ZipFile = await zipOf({ "index.mjs": `// new code\n${probe.source}` });
      await client.send(new UpdateFunctionCodeCommand({ FunctionName: "retiring", ZipFile }));
      left = (await functionPods(namespace)).map(({ name }) => name);
      await killed.stop("SIGKILL");
      told = await called;
    } finally {
      await killed[Symbol.asyncDispose]();
    }
    next = await startServerOnCluster(namespace, {}, ["--data-path", folder]);
  });
  afterAll(async () => {
    await next?.[Symbol.asyncDispose]();
    await probe?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
    await rm(folder, { recursive: true });
  });

  test("delivers an event whose Pod was starting, once", async () => {
    await expect.poll(() => probe.deliveries("starting"), long).toBe(1);
  });

  test("delivers again an event that was running: at least once", async () => {
    await expect.poll(() => probe.deliveries("busy"), long).toBe(2);
  });

  test("delivers again an event that was running while its Pod was to go for an update", async () => {
    await expect.poll(() => probe.deliveries("retiring"), long).toBe(2);
  });

  test("has no events left when all are done, and sent none to the function of a caller who waited: at most once", async () => {
    const events = async (): Promise<unknown> => {
      const { lambda } = (await (await fetch(`${next.url}/_fakecloud/ready`)).json()) as { lambda: { events: number } };
      return lambda.events;
    };
    await expect.poll(events, long).toBe(0);
    expect(told).toBeInstanceOf(Error);
    expect(probe.deliveries("called")).toBe(1);
  });

  test("runs the function that was idle in a Pod of its own", async () => {
    expect((await invoke(lambdaClient(next.url), "idle", { id: "idle-2" })).payload).toBe("idle-2");
    expect([probe.deliveries("idle-1"), probe.deliveries("idle-2")]).toEqual([1, 1]);
    const pods = (await environmentsOf(next, "idle")).map(({ podName }) => podName);
    expect(pods).toHaveLength(1);
    expect(left).not.toContain(pods[0]);
  });

  test("has provisioned concurrency again, in a Pod of its own", async () => {
    await provisionedIsReady(lambdaClient(next.url));
    const own = async (): Promise<number> => {
      const pods = await functionPods(namespace, "fakecloud-lambda=provisioned");
      return pods.filter(({ name, deleting }) => !left.includes(name) && !deleting).length;
    };
    // A Pod of the pool is labelled a moment after it was taken.
    await expect.poll(own, long).toBe(1);
  });

  test("removes the Pods of the one before, and none of its own", async () => {
    expect(left.length).toBeGreaterThanOrEqual(6);
    const names = async (): Promise<string[]> => (await functionPods(namespace)).map(({ name }) => name);
    await expect.poll(async () => (await names()).filter((name) => left.includes(name)), long).toEqual([]);
    expect((await invoke(lambdaClient(next.url), "idle", { id: "idle-3" })).payload).toBe("idle-3");
  });
});
