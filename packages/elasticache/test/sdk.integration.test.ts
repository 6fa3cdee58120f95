import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AddTagsToResourceCommand,
  CacheClusterNotFoundFault,
  CopySnapshotCommand,
  CreateCacheClusterCommand,
  CreateCacheParameterGroupCommand,
  CreateCacheSecurityGroupCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DeleteCacheClusterCommand,
  DeleteCacheParameterGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeCacheParametersCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  ModifyCacheParameterGroupCommand,
  paginateDescribeCacheClusters,
  RebootCacheClusterCommand,
  RemoveTagsFromResourceCommand,
  ResetCacheParameterGroupCommand,
  waitUntilCacheClusterAvailable,
  waitUntilCacheClusterDeleted,
  waitUntilReplicationGroupAvailable,
  waitUntilReplicationGroupDeleted,
} from "@aws-sdk/client-elasticache";
import { createGateway, createNodeHandler } from "@fc/aws";
import { createMemoryRecordStore } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createElastiCache, type ElastiCache } from "../src/index.ts";
import { createMemoryBlobStore, createMemoryCacheBackend, type MemoryCacheBackend } from "../src/testing/index.ts";

/** What every creation has to say. */
const needed = { Engine: "redis", CacheNodeType: "cache.t3.micro" };

let server: Server;
let service: ElastiCache;
let backend: MemoryCacheBackend;
let client: ElastiCacheClient;

beforeEach(async () => {
  const blobs = createMemoryBlobStore();
  backend = createMemoryCacheBackend({ blobs });
  service = createElastiCache({ backend, blobs, records: createMemoryRecordStore() });
  await service.recover();
  const gateway = createGateway({
    services: [service.service],
    defaultAccount: "111122223333",
    defaultRegion: "us-east-1",
  });
  server = createServer(createNodeHandler((request) => gateway.handle(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = new ElastiCacheClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await service[Symbol.asyncDispose]();
});

const waiting = (): { client: ElastiCacheClient; maxWaitTime: number; minDelay: number; maxDelay: number } => ({
  client,
  maxWaitTime: 30,
  minDelay: 1,
  maxDelay: 1,
});

describe("the AWS SDK", () => {
  test("waits for a cache cluster to be available and to be deleted", async () => {
    const created = await client.send(
      new CreateCacheClusterCommand({ ...needed, CacheClusterId: "Web", Engine: "redis" }),
    );
    expect(created.CacheCluster?.CacheClusterStatus).toBe("creating");
    expect(created.CacheCluster?.ARN).toBe("arn:aws:elasticache:eu-central-1:111122223333:cluster:web");
    expect(created.CacheCluster?.CacheClusterCreateTime).toBeInstanceOf(Date);
    await waitUntilCacheClusterAvailable(waiting(), { CacheClusterId: "web" });
    const shown = await client.send(
      new DescribeCacheClustersCommand({ CacheClusterId: "web", ShowCacheNodeInfo: true }),
    );
    expect(shown.CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint).toEqual({ Address: "web.cache.invalid", Port: 6379 });
    const release = backend.hold("delete");
    const deleted = await client.send(new DeleteCacheClusterCommand({ CacheClusterId: "web" }));
    expect(deleted.CacheCluster?.CacheClusterStatus).toBe("deleting");
    release();
    await waitUntilCacheClusterDeleted(waiting(), { CacheClusterId: "web" });
    await expect(client.send(new DescribeCacheClustersCommand({ CacheClusterId: "web" }))).rejects.toMatchObject({
      name: new CacheClusterNotFoundFault({ message: "", $metadata: {} }).name,
      message: "CacheCluster not found: web",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("waits for a replication group to be available and to be deleted", async () => {
    await client.send(
      new CreateReplicationGroupCommand({
        ...needed,
        ReplicationGroupId: "g",
        ReplicationGroupDescription: "d",
        NumCacheClusters: 1,
      }),
    );
    await waitUntilReplicationGroupAvailable(waiting(), { ReplicationGroupId: "g" });
    const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: "g" }));
    expect(ReplicationGroups?.[0]?.MemberClusters).toEqual(["g-001"]);
    expect(ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint?.Address).toBe("g.cache.invalid");
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: "g" }));
    await waitUntilReplicationGroupDeleted(waiting(), { ReplicationGroupId: "g" });
  });

  test("fails its wait at once when a cluster cannot be made", async () => {
    backend.fail("start", new Error("ErrImagePull"));
    await client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId: "a" }));
    await service.idle();
    await expect(waitUntilCacheClusterAvailable(waiting(), { CacheClusterId: "a" })).rejects.toThrow(
      "incompatible-network",
    );
    const { Events } = await client.send(
      new DescribeEventsCommand({ SourceType: "cache-cluster", SourceIdentifier: "a" }),
    );
    expect(Events?.[0]?.Message).toContain("ErrImagePull");
  });

  test("sends and reads lists: tags with empty values, parameters, subnets, nodes to reboot", async () => {
    await client.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName: "sn",
        CacheSubnetGroupDescription: "d",
        SubnetIds: ["subnet-1", "subnet-2"],
      }),
    );
    await client.send(
      new CreateCacheParameterGroupCommand({
        CacheParameterGroupName: "p",
        CacheParameterGroupFamily: "redis7",
        Description: "d",
      }),
    );
    const Tags = [
      { Key: "empty", Value: "" },
      { Key: "k", Value: "v" },
    ];
    const created = await client.send(
      new CreateCacheClusterCommand({
        ...needed,
        CacheClusterId: "a",
        Tags,
        CacheSubnetGroupName: "sn",
        CacheParameterGroupName: "p",
        SecurityGroupIds: ["sg-1", "sg-2"],
        PreferredAvailabilityZones: ["eu-central-1b"],
      }),
    );
    expect(created.CacheCluster).toMatchObject({
      PreferredAvailabilityZone: "eu-central-1b",
      SecurityGroups: [{ SecurityGroupId: "sg-1" }, { SecurityGroupId: "sg-2" }],
    });
    await service.idle();
    const ResourceName = created.CacheCluster?.ARN;
    expect((await client.send(new ListTagsForResourceCommand({ ResourceName }))).TagList).toEqual(Tags);
    await client.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: "x", Value: "" }] }));
    const left = await client.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ["empty", "k"] }));
    expect(left.TagList).toEqual([{ Key: "x", Value: "" }]);

    const ParameterNameValues = [
      { ParameterName: "maxmemory-policy", ParameterValue: "allkeys-lru" },
      { ParameterName: "notify-keyspace-events", ParameterValue: "KEA" },
    ];
    await client.send(new ModifyCacheParameterGroupCommand({ CacheParameterGroupName: "p", ParameterNameValues }));
    await service.idle();
    expect([...backend.nodes.values()][0]?.spec.parameters).toMatchObject({
      "maxmemory-policy": "allkeys-lru",
      "notify-keyspace-events": "KEA",
    });
    await client.send(
      new ResetCacheParameterGroupCommand({
        CacheParameterGroupName: "p",
        ParameterNameValues: [{ ParameterName: "maxmemory-policy" }],
      }),
    );
    const user = await client.send(
      new DescribeCacheParametersCommand({ CacheParameterGroupName: "p", Source: "user" }),
    );
    expect(user.Parameters?.map((p) => [p.ParameterName, p.ParameterValue])).toEqual([
      ["notify-keyspace-events", "KEA"],
    ]);

    const rebooting = await client.send(
      new RebootCacheClusterCommand({ CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] }),
    );
    expect(rebooting.CacheCluster?.CacheClusterStatus).toBe("rebooting cache cluster nodes");
    const subnets = await client.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: "sn" }));
    expect(subnets.CacheSubnetGroups?.[0]?.Subnets?.map((s) => s.SubnetIdentifier)).toEqual(["subnet-1", "subnet-2"]);
    await expect(
      client.send(new DeleteCacheParameterGroupCommand({ CacheParameterGroupName: "p" })),
    ).rejects.toMatchObject({
      name: "InvalidCacheParameterGroupStateFault",
    });
  });

  test("snapshots, copies and restores", async () => {
    await client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId: "a" }));
    await service.idle();
    backend.write([...backend.nodes.keys()][0]!, "data");
    await client.send(new CreateSnapshotCommand({ CacheClusterId: "a", SnapshotName: "s" }));
    await service.idle();
    await client.send(new CopySnapshotCommand({ SourceSnapshotName: "s", TargetSnapshotName: "t" }));
    const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotName: "t" }));
    expect(Snapshots?.[0]?.NodeSnapshots?.[0]).toMatchObject({ CacheNodeId: "0001", CacheSize: "1 MB" });
    expect(Snapshots?.[0]?.NodeSnapshots?.[0]?.SnapshotCreateTime).toBeInstanceOf(Date);
    await client.send(new CreateCacheClusterCommand({ CacheClusterId: "b", SnapshotName: "t" }));
    await service.idle();
    const restored = [...backend.nodes.values()].find(({ spec }) => spec.resourceId === "b");
    expect(Buffer.from(restored!.data).toString()).toBe("data");
  });

  test("pages", async () => {
    const ids = Array.from({ length: 23 }, (_, i) => `c${i + 10}`);
    for (const CacheClusterId of ids) await client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId }));
    const seen: (string | undefined)[] = [];
    for await (const { CacheClusters = [] } of paginateDescribeCacheClusters({ client, pageSize: 20 }, {}))
      seen.push(...CacheClusters.map((cluster) => cluster.CacheClusterId));
    expect(seen).toEqual(ids);
    await service.idle();
  });

  test("gets AWS's codes and words for refusals", async () => {
    await expect(
      client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId: "a--b" })),
    ).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("The parameter CacheClusterIdentifier is not a valid identifier."),
      $metadata: { httpStatusCode: 400 },
    });
    const group = new CreateReplicationGroupCommand({
      ...needed,
      ReplicationGroupId: "g",
      ReplicationGroupDescription: "d",
      AutomaticFailoverEnabled: true,
    });
    await expect(client.send(group)).rejects.toMatchObject({ name: "InvalidParameterCombinationException" });
    await expect(
      client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId: "a", CacheSubnetGroupName: "nope" })),
    ).rejects.toMatchObject({ name: "CacheSubnetGroupNotFoundFault", $metadata: { httpStatusCode: 400 } });
    await expect(
      client.send(new CreateCacheSecurityGroupCommand({ CacheSecurityGroupName: "s", Description: "d" })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
      message: expect.stringContaining("CreateCacheSecurityGroup"),
    });
  });

  test("lists engine versions", async () => {
    const { CacheEngineVersions } = await client.send(
      new DescribeCacheEngineVersionsCommand({ Engine: "valkey", DefaultOnly: true }),
    );
    expect(CacheEngineVersions).toEqual([
      expect.objectContaining({ Engine: "valkey", EngineVersion: "8.0", CacheParameterGroupFamily: "valkey8" }),
    ]);
  });
});

test("health, reset and introspection are there for a server", async () => {
  await client.send(new CreateCacheClusterCommand({ ...needed, CacheClusterId: "a" }));
  await service.idle();
  expect(await service.health()).toEqual({ ready: true, detail: "1 nodes in memory; 0 cache clusters in transition" });
  expect(service.introspect.clusters().clusters).toHaveLength(1);
  await service.reset();
  expect(service.introspect.clusters()).toEqual({ clusters: [] });
  expect(backend.nodes.size).toBe(0);
});
