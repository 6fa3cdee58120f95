import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-pool-${randomBytes(4).toString("hex")}`;
const hello = node("hello", "export const handler = async (event) => event.who;");
const long = { timeout: 120_000, interval: 500 };

async function pods(selector: string): Promise<string[]> {
  const path = 'jsonpath={range .items[*]}{.metadata.name}={.status.phase}{"\\n"}{end}';
  const text = await kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", path);
  return text.split("\n").filter((line) => line !== "");
}

async function waitingPods(server: ServerProcess): Promise<number> {
  const { pools } = (await (await fetch(`${server.url}/_fakecloud/lambda/pools`)).json()) as {
    pools: { waiting: number }[];
  };
  return pools.reduce((sum, { waiting }) => sum + waiting, 0);
}

describe("Pods that wait for functions", () => {
  const servers: ServerProcess[] = [];
  const start = async (settings: Record<string, string>): Promise<ServerProcess> => {
    const server = await startServerOnCluster(namespace, settings);
    servers.push(server);
    return server;
  };

  beforeAll(() => createNamespace(namespace));
  afterAll(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  test("end when their server is killed, and are removed by another one that keeps its own", async () => {
    const killed = await start({});
    await createFunction(lambdaClient(killed.url), hello);
    await expect.poll(() => waitingPods(killed), long).toBe(1);
    expect((await invoke(lambdaClient(killed.url), "hello", { who: "you" })).payload).toBe("you");
    await expect.poll(() => waitingPods(killed), long).toBe(1);
    const left = (await pods("fakecloud-service=lambda")).map((line) => line.split("=")[0] ?? "");
    expect(left).toHaveLength(2);

    const other = await start({});
    await createFunction(lambdaClient(other.url), hello);
    await expect.poll(() => waitingPods(other), long).toBe(1);
    await killed.stop("SIGKILL");
    const ofKilled = async (): Promise<string[]> =>
      (await pods("fakecloud-service=lambda")).filter((line) => left.includes(line.split("=")[0] ?? ""));
    await expect
      .poll(async () => (await ofKilled()).filter((line) => /=(Running|Pending)$/.test(line)), long)
      .toEqual([]);
    await expect.poll(ofKilled, long).toEqual([]);
    expect(await waitingPods(other)).toBe(1);
    expect((await invoke(lambdaClient(other.url), "hello", { who: "me" })).payload).toBe("me");
    expect(await other.stop("SIGTERM")).toBe(0);
  });

  test("go with a server that stops, many at once and in time", async () => {
    const server = await start({ FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "12" });
    await createFunction(lambdaClient(server.url), hello);
    await expect.poll(() => waitingPods(server), long).toBe(12);
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(await pods("fakecloud-service=lambda")).toEqual([]);
  });
});
