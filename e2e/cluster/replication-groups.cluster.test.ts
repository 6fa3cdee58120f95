import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopySnapshotCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DecreaseReplicaCountCommand,
  DeleteCacheClusterCommand,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  type ElastiCacheClient,
  IncreaseReplicaCountCommand,
  type NodeGroup,
  TestFailoverCommand,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCluster } from "../lib/cache-clusters.ts";
import { elastiCacheClient, quickly } from "../lib/clients.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-groups-${randomBytes(4).toString("hex")}`;
const group = { ReplicationGroupId: "orders" };

describe("a replication group on a real cluster, as applications see it", () => {
  let dataPath: string;
  let server: ServerProcess;
  let client: ElastiCacheClient;
  let redis: Redis;

  const start = async (): Promise<void> => {
    server = await startServerOnCluster(namespace, {}, ["--data-path", dataPath]);
    client = elastiCacheClient(server.url);
  };
  const available = async (): Promise<NodeGroup> => {
    await waitUntilReplicationGroupAvailable({ client, ...quickly }, group);
    const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand(group));
    return ReplicationGroups?.[0]?.NodeGroups?.[0] ?? {};
  };
  const primaryOf = (shard: NodeGroup): string | undefined =>
    shard.NodeGroupMembers?.find(({ CurrentRole }) => CurrentRole === "primary")?.CacheClusterId;
  const eventsOf = async (id: string): Promise<(string | undefined)[]> => {
    const { Events } = await client.send(new DescribeEventsCommand({ Duration: 60 }));
    return Events?.filter(({ SourceIdentifier }) => SourceIdentifier === id).map(({ Message }) => Message) ?? [];
  };
  /** A write that a replica has, too. */
  const acknowledged = async (key: string): Promise<void> => {
    const replies = await redis.multi().set(key, "v").exec();
    expect(replies?.[0]?.[1]).toBe("OK");
    expect(await redis.wait(1, 5_000)).toBeGreaterThanOrEqual(1);
  };

  beforeAll(async () => {
    dataPath = await mkdtemp(join(tmpdir(), "fc-groups-"));
    await createNamespace(namespace);
    await start();
    await client.send(
      new CreateReplicationGroupCommand({
        ...group,
        ReplicationGroupDescription: "x",
        Engine: "valkey",
        CacheNodeType: "cache.t3.micro",
        NumCacheClusters: 2,
        AutomaticFailoverEnabled: true,
      }),
    );
    const { PrimaryEndpoint } = await available();
    redis = new Redis({
      host: PrimaryEndpoint?.Address ?? "",
      port: PrimaryEndpoint?.Port ?? 0,
      retryStrategy: () => 100,
      maxRetriesPerRequest: null,
    });
    redis.on("error", () => undefined);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
    await rm(dataPath, { recursive: true, force: true });
  });

  test("its engine is the one that was asked for", async () => {
    expect(await redis.info("server")).toMatch(/^valkey_version:8\./m);
  });

  test("the server is killed and started again: addresses, data and connections are as before", async () => {
    await acknowledged("before");
    const before = await available();
    const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand(group));
    let closed = 0;
    redis.on("close", () => {
      closed += 1;
    });
    await server.stop("SIGKILL");
    await acknowledged("meanwhile");
    await start();
    expect(await available()).toEqual(before);
    const again = await client.send(new DescribeReplicationGroupsCommand(group));
    expect(again.ReplicationGroups).toEqual(ReplicationGroups);
    expect(await redis.mget("before", "meanwhile")).toEqual(["v", "v"]);
    expect(closed).toBe(0);
    redis.removeAllListeners("close");
  });

  test("a snapshot is taken from a replica, outlives a kill of the server, and comes back from the file it is exported to", async () => {
    await mkdir(join(dataPath, "s3", "backups"), { recursive: true });
    await acknowledged("saved");
    const shard = await available();
    const find = async () => (await client.send(new DescribeSnapshotsCommand({ SnapshotName: "s" }))).Snapshots?.[0];
    const stored = async () => (await find())?.SnapshotStatus;
    await client.send(new CreateSnapshotCommand({ ...group, SnapshotName: "s" }));
    await server.stop("SIGKILL");
    await start();
    await expect.poll(stored, { timeout: 30_000 }).toBe("available");
    const [part] = (await find())?.NodeSnapshots ?? [];
    expect(part?.NodeGroupId).toBe("0001");
    expect(part?.CacheClusterId).not.toBe(primaryOf(shard));
    const target = { TargetSnapshotName: "orders", TargetBucket: "backups" };
    await client.send(new CopySnapshotCommand({ SourceSnapshotName: "s", ...target }));
    await expect.poll(stored, { timeout: 30_000 }).toBe("available");
    const SnapshotArns = ["arn:aws:s3:::backups/orders.rdb"];
    const { Address, Port } = await createCluster(client, "seeded", "valkey", { SnapshotArns });
    const copy = new Redis({ host: Address, port: Port });
    expect(await copy.get("saved")).toBe("v");
    copy.disconnect();
    await client.send(new DeleteCacheClusterCommand({ CacheClusterId: "seeded" }));
  });

  test("replicas are added and taken away, and are cache clusters meanwhile", async () => {
    await client.send(new IncreaseReplicaCountCommand({ ...group, NewReplicaCount: 2, ApplyImmediately: true }));
    expect((await available()).NodeGroupMembers).toHaveLength(3);
    const { CacheClusters } = await client.send(new DescribeCacheClustersCommand({ ShowCacheNodeInfo: true }));
    const { Address = "", Port = 0 } = CacheClusters?.[2]?.CacheNodes?.[0]?.Endpoint ?? {};
    const replica = new Redis({ host: Address, port: Port });
    expect(await replica.get("before")).toBe("v");
    replica.disconnect();
    await client.send(new DecreaseReplicaCountCommand({ ...group, NewReplicaCount: 1, ApplyImmediately: true }));
    expect((await available()).NodeGroupMembers).toHaveLength(2);
  });

  test("TestFailover swaps the roles behind the same endpoints, and the application goes on", async () => {
    const before = await available();
    await client.send(new TestFailoverCommand({ ...group, NodeGroupId: "0001" }));
    const after = await available();
    expect(primaryOf(after)).not.toBe(primaryOf(before));
    expect([after.PrimaryEndpoint, after.ReaderEndpoint]).toEqual([before.PrimaryEndpoint, before.ReaderEndpoint]);
    await acknowledged("after-test");
    expect(await redis.get("before")).toBe("v");
    expect(await eventsOf("orders")).toContain(
      `Failover from primary node ${primaryOf(before)} to replica node ${primaryOf(after)} completed`,
    );
  });

  test("the primary's Pod is killed: writes resume within five seconds, none that a replica has is lost", async () => {
    const before = await available();
    await acknowledged("before-kill");
    const introspected = await fetch(`${server.url}/_fakecloud/elasticache/clusters`);
    const { clusters } = (await introspected.json()) as { clusters: { cacheClusterId: string; containerId: string }[] };
    const pod = clusters.find(({ cacheClusterId }) => cacheClusterId === primaryOf(before))?.containerId ?? "";
    const killed = Date.now();
    await kubectl("delete", "pod", pod, "-n", namespace, "--force", "--grace-period=0");
    await expect.poll(() => redis.set("after-kill", "v").catch(String), { timeout: 30_000 }).toBe("OK");
    expect(Date.now() - killed).toBeLessThan(5_000);
    expect(await redis.get("before-kill")).toBe("v");
    await expect
      .poll(async () => (await eventsOf(primaryOf(before) ?? "")).join(), { timeout: 60_000 })
      .toContain("Finished recovery for cache nodes 0001");
    const after = await available();
    expect(primaryOf(after)).not.toBe(primaryOf(before));
    expect(after.NodeGroupMembers?.map(({ ReadEndpoint }) => ReadEndpoint)).toEqual(
      before.NodeGroupMembers?.map(({ ReadEndpoint }) => ReadEndpoint),
    );
  });
});
