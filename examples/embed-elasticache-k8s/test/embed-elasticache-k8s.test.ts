import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFileBlobStore } from "@fc/core";
import { createElastiCacheK8sBackend, type ElastiCacheK8sBackend } from "@fc/elasticache-k8s";
import { K8sClient } from "@fc/k8s";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCacheService } from "../src/cache-service.ts";

let directory: string;
let cluster: LocalCluster;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-embed-elasticache-"));
  cluster = await startLocalCluster({ dataDirectory: join(directory, "cluster") });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("the shortest program starts a redis, keeps its data in a snapshot, and removes it", async () => {
  const script = join(import.meta.dirname, "..", "src", "run-cache.ts");
  const env = {
    PATH: process.env["PATH"],
    KUBECONFIG: cluster.kubeconfigPath,
    SNAPSHOT_FOLDER: join(directory, "snapshots"),
  };
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@fc/source", script], { env });
  expect(stdout.trim()).toBe("6379 true");
});

test("a service hands out caches, and copies with their data", async () => {
  let backend: ElastiCacheK8sBackend | undefined;
  const service = createCacheService(() => backend as ElastiCacheK8sBackend);
  await new Promise<void>((listening) => service.listen(0, cluster.hostAddress, listening));
  const url = `http://${cluster.hostAddress}:${(service.address() as AddressInfo).port}`;
  const call = async (method: string, path: string): Promise<{ address: string; port: number }> => {
    const response = await fetch(`${url}${path}`, { method });
    expect([response.status, path]).toEqual([200, path]);
    return (await response.json()) as { address: string; port: number };
  };
  await using client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath, installationId: "my-service" });
  backend = createElastiCacheK8sBackend({
    client,
    blobs: createFileBlobStore(join(directory, "copies")),
    endpoints: "cluster-ip",
    internalUrl: url,
  });
  try {
    await withRedis(await call("PUT", "/caches/first"), (redis) => redis.set("greeting", "hello"));
    const copy = await call("PUT", "/caches/second?from=first");
    expect(await withRedis(copy, (redis) => redis.get("greeting"))).toBe("hello");
    await call("DELETE", "/caches/first");
    await call("DELETE", "/caches/second");
    expect(await client.listPods("fakecloud-service=elasticache")).toEqual([]);
  } finally {
    await backend[Symbol.asyncDispose]();
    service.closeAllConnections();
    service.close();
  }
});

async function withRedis<T>(at: { address: string; port: number }, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(at.port, at.address);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
