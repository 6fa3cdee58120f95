import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-unreachable-${randomBytes(4).toString("hex")}`;

describe("a server outside the cluster that its Pods do not reach", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    await createNamespace(namespace);
    // What a laptop's owner does first: the server's own default address, which is something else to a Pod.
    const settings = { FAKECLOUD_K8S_SELF_URL: "http://127.0.0.1" };
    server = await startServerOnCluster(namespace, settings, ["--addr", "127.0.0.1:0"]);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  test("says so at its start, with what to set", async () => {
    const told = { timeout: 30_000, interval: 200 };
    await expect
      .poll(() => server.output().stderr, told)
      .toContain("Pods cannot reach this server at http://127.0.0.1");
    for (const part of ["FAKECLOUD_K8S_SELF_URL", `FAKECLOUD_ADDR=0.0.0.0:${server.port}`, "refused"])
      expect(server.output().stderr).toContain(part);
    const ready = await fetch(`${server.url}/_fakecloud/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { reach: { ready: false } }]);
  });

  test("says it to who invokes a function, at once instead of after the launch's time", async () => {
    const lambda = lambdaClient(server.url);
    await createFunction(lambda, node("hello", "export const handler = async () => 1;"));
    const started = performance.now();
    await expect(invoke(lambda, "hello")).rejects.toThrow(/Pods cannot reach this server/);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
