import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopySnapshotCommand,
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  type ElastiCacheClient,
  type Snapshot,
  waitUntilReplicationGroupAvailable,
  waitUntilReplicationGroupDeleted,
} from "@aws-sdk/client-elasticache";
import { expect, onTestFinished, test } from "vitest";
import { availableCluster, createCluster } from "./lib/cache-clusters.ts";
import { elastiCacheClient, quickly } from "./lib/clients.ts";
import { ask, resp } from "./lib/resp.ts";
import { startServer } from "./lib/server-process.ts";

const node = { Engine: "redis", CacheNodeType: "cache.t3.micro" };

async function dataPath(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fc-data-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function groupOf(
  client: ElastiCacheClient,
  id: string,
  more: object,
): Promise<(...args: string[]) => Promise<string>> {
  const group = { ReplicationGroupId: id };
  await client.send(
    new CreateReplicationGroupCommand({ ...group, ReplicationGroupDescription: "x", ...node, ...more }),
  );
  await waitUntilReplicationGroupAvailable({ client, ...quickly }, group);
  const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand(group));
  const { Address = "", Port = 0 } = ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint ?? {};
  return (...args) => ask(Address, Port, resp(...args));
}

async function clusterOf(
  client: ElastiCacheClient,
  id: string,
  more: object,
): Promise<(...args: string[]) => Promise<string>> {
  const { Address, Port } = await createCluster(client, id, node.Engine, more);
  return (...args) => ask(Address, Port, resp(...args));
}

async function settled(client: ElastiCacheClient, SnapshotName: string): Promise<Snapshot | undefined> {
  const find = async () => (await client.send(new DescribeSnapshotsCommand({ SnapshotName }))).Snapshots?.[0];
  await expect.poll(async () => (await find())?.SnapshotStatus, { timeout: 30_000 }).toMatch(/^(available|failed)$/);
  return await find();
}

test("a group's data comes back from its final snapshot, from the file it is exported to, and not from a damaged one", async () => {
  const path = await dataPath();
  const bucket = join(path, "s3", "exports");
  await mkdir(bucket, { recursive: true });
  await using server = await startServer({ args: ["--data-path", path] });
  const client = elastiCacheClient(server.url);
  const source = await groupOf(client, "origin", { NumCacheClusters: 2 });
  await source("SET", "k", "precious");
  expect(await source("WAIT", "1", "5000")).toBe(":1\r\n");
  await client.send(new CreateSnapshotCommand({ ReplicationGroupId: "origin", SnapshotName: "s" }));
  expect(await settled(client, "s")).toMatchObject({
    SnapshotStatus: "available",
    NodeSnapshots: [{ CacheClusterId: "origin-002", NodeGroupId: "0001" }],
  });
  await client.send(
    new DeleteReplicationGroupCommand({ ReplicationGroupId: "origin", FinalSnapshotIdentifier: "final" }),
  );
  await waitUntilReplicationGroupDeleted({ client, ...quickly }, { ReplicationGroupId: "origin" });

  const copy = { SourceSnapshotName: "final", TargetSnapshotName: "exported", TargetBucket: "exports" };
  await client.send(new CopySnapshotCommand(copy));
  expect((await settled(client, "final"))?.SnapshotStatus).toBe("available");
  await expect(client.send(new CopySnapshotCommand(copy))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "The S3 bucket exports already contains an object with key exported.rdb.",
  });
  const exported = await readFile(join(bucket, "exported.rdb"));
  expect(exported.subarray(0, 5).toString()).toBe("REDIS");
  await writeFile(join(bucket, "cut.rdb"), exported);
  await truncate(join(bucket, "cut.rdb"), exported.length - 1);

  const cut = client.send(
    new CreateCacheClusterCommand({
      CacheClusterId: "cut",
      ...node,
      NumCacheNodes: 1,
      SnapshotArns: ["arn:aws:s3:::exports/cut.rdb"],
    }),
  );
  const [restored, seeded] = await Promise.all([
    groupOf(client, "restored", { NumCacheClusters: 2, SnapshotName: "final" }),
    clusterOf(client, "seeded", { SnapshotArns: ["arn:aws:s3:::exports/exported.rdb"] }),
    cut,
  ]);
  expect(await restored("GET", "k")).toBe("$8\r\nprecious\r\n");
  expect(await seeded("GET", "k")).toBe("$8\r\nprecious\r\n");
  const status = async () =>
    (await client.send(new DescribeCacheClustersCommand({ CacheClusterId: "cut" }))).CacheClusters?.[0]
      ?.CacheClusterStatus;
  await expect.poll(status).toBe("restore-failed");
  const { Events = [] } = await client.send(
    new DescribeEventsCommand({ SourceIdentifier: "cut", SourceType: "cache-cluster" }),
  );
  expect(Events.map(({ Message }) => Message).join()).toContain("not a complete RDB");
  expect(await readFile(join(bucket, "cut.rdb"))).toEqual(exported.subarray(0, -1));
});

test("after kill -9 no snapshot is of a node that came up empty, and no bytes are left that nothing names", async () => {
  const path = await dataPath();
  const args = ["--data-path", path];
  const first = await startServer({ args });
  const client = elastiCacheClient(first.url);
  const cluster = await clusterOf(client, "a", {});
  await cluster("SET", "k", "v");
  await client.send(new CreateSnapshotCommand({ CacheClusterId: "a", SnapshotName: "whole" }));
  await settled(client, "whole");
  const [named = ""] = await readdir(join(path, "snapshots"));
  await cluster("SET", "k", "w");
  await client.send(new CreateSnapshotCommand({ CacheClusterId: "a", SnapshotName: "hasty" }));
  await first.stop("SIGKILL");
  // As a process leaves them that is killed after the bytes are stored and before anything names them, or between deletion and removal.
  await writeFile(join(path, "snapshots", "0".repeat(64)), "left behind");

  await using second = await startServer({ args });
  const again = elastiCacheClient(second.url);
  await availableCluster(again, "a");
  const hasty = await settled(again, "hasty");
  const left = await readdir(join(path, "snapshots"));
  expect(left).toContain(named);
  // It may have been quicker than the kill.
  expect(left).toHaveLength(hasty?.SnapshotStatus === "available" ? 2 : 1);
  const restored = await clusterOf(again, "b", { SnapshotName: "whole" });
  expect(await restored("GET", "k")).toBe("$1\r\nv\r\n");
});
