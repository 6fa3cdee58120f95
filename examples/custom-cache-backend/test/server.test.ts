import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
  RebootCacheClusterCommand,
} from "@aws-sdk/client-elasticache";
import { createServer } from "@fc/server";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

const backendModule = join(import.meta.dirname, "../src/process-cache-backend.ts");
const base = { CacheNodeType: "cache.t3.micro", NumCacheNodes: 1 } as const;

test("the server runs caches on the backend that it is given by name, and leaves nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fc-cache-backend-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await createServer({
    flags: { addr: "127.0.0.1:0", "elasticache-backend": backendModule },
    environment: { CACHE_BACKEND_FOLDER: folder },
  });
  try {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new ElastiCacheClient({ endpoint: server.url, region: "us-east-1", credentials });

    await client.send(new CreateCacheClusterCommand({ CacheClusterId: "one", Engine: "redis", ...base }));
    const first = await available(client, "one");
    expect(await withRedis(first, (redis) => redis.set("greeting", "hello"))).toBe("OK");
    await client.send(new RebootCacheClusterCommand({ CacheClusterId: "one", CacheNodeIdsToReboot: ["0001"] }));
    expect(await available(client, "one")).toEqual(first);
    expect(await withRedis(first, (redis) => redis.get("greeting"))).toBe("hello");

    await client.send(new CreateSnapshotCommand({ CacheClusterId: "one", SnapshotName: "kept" }));
    await expect
      .poll(async () => (await client.send(new DescribeSnapshotsCommand({ SnapshotName: "kept" }))).Snapshots?.[0], {
        timeout: 10_000,
      })
      .toMatchObject({ SnapshotStatus: "available" });
    const copy = { CacheClusterId: "two", Engine: "redis", SnapshotName: "kept", ...base };
    await client.send(new CreateCacheClusterCommand(copy));
    expect(await withRedis(await available(client, "two"), (redis) => redis.get("greeting"))).toBe("hello");

    const group = { ReplicationGroupId: "group", ReplicationGroupDescription: "-", CacheNodeType: base.CacheNodeType };
    await client.send(new CreateReplicationGroupCommand({ ...group, Engine: "redis", NumCacheClusters: 2 }));
    await expect
      .poll(async () => JSON.stringify((await client.send(new DescribeEventsCommand({}))).Events), { timeout: 10_000 })
      .toContain("There are no replication groups here");
  } finally {
    await server[Symbol.asyncDispose]();
  }
  expect(await readdir(folder)).toEqual([]);
});

async function available(client: ElastiCacheClient, CacheClusterId: string): Promise<{ host: string; port: number }> {
  const find = async (): Promise<{ status: string | undefined; host?: string; port?: number }> => {
    const { CacheClusters } = await client.send(
      new DescribeCacheClustersCommand({ CacheClusterId, ShowCacheNodeInfo: true }),
    );
    const { Address: host = "", Port: port = 0 } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
    return { status: CacheClusters?.[0]?.CacheClusterStatus, host, port };
  };
  await expect.poll(find, { timeout: 10_000 }).toMatchObject({ status: "available" });
  const { host = "", port = 0 } = await find();
  return { host, port };
}

async function withRedis<T>(at: { host: string; port: number }, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(at);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
