import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateServerlessCacheCommand } from "@aws-sdk/client-elasticache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elastiCacheClient } from "../lib/clients.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";
import { askCache, availableCache, serverlessCacheTests } from "../lib/serverless-caches.ts";

const namespace = `fc-e2e-${randomBytes(4).toString("hex")}`;

describe("serverless caches on a real cluster", () => {
  let server: ServerProcess;
  let dataPath: string;
  const start = async (): Promise<void> => {
    server = await startServerOnCluster(namespace, {}, ["--data-path", dataPath]);
  };
  beforeAll(async () => {
    dataPath = await mkdtemp(join(tmpdir(), "fc-serverless-"));
    await createNamespace(namespace);
    await start();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
    await rm(dataPath, { recursive: true, force: true });
  });

  serverlessCacheTests(() => ({
    client: elastiCacheClient(server.url),
    url: server.url,
    pods: async (selector) =>
      (await kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "name")).split("\n").filter(Boolean),
    deletePod: (name) => kubectl("delete", "-n", namespace, name, "--wait=false"),
  }));

  test("kill -9 of the server loses nothing: what serves serves on, what is being created is created", async () => {
    const ready = { ServerlessCacheName: "ready", Engine: "redis" };
    const client = elastiCacheClient(server.url);
    await client.send(new CreateServerlessCacheCommand(ready));
    const { Endpoint } = await availableCache(client, "ready");
    expect(await askCache(server.url, Endpoint, ["SET", "k", "v"])).toBe("OK");
    await client.send(new CreateServerlessCacheCommand({ ServerlessCacheName: "half", Engine: "redis" }));
    await server.stop("SIGKILL");
    await start();
    const again = elastiCacheClient(server.url);
    expect((await availableCache(again, "ready")).Endpoint).toEqual(Endpoint);
    expect(await askCache(server.url, Endpoint, ["GET", "k"])).toBe("v");
    const half = await availableCache(again, "half");
    expect(await askCache(server.url, half.Endpoint, ["PING"])).toBe("PONG");
  });
});
