import {
  AddTagsToResourceCommand,
  CreateCacheClusterCommand,
  CreateCacheParameterGroupCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DeleteCacheClusterCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  type ElastiCacheClient,
  ListTagsForResourceCommand,
  ModifyCacheClusterCommand,
  ModifyCacheParameterGroupCommand,
  RebootCacheClusterCommand,
  waitUntilCacheClusterDeleted,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { Memcache } from "memcache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { availableCluster, createCluster } from "./lib/cache-clusters.ts";
import { elastiCacheClient, lambdaClient, quickly } from "./lib/clients.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { ask, resp } from "./lib/resp.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

let server: ServerProcess;
let client: ElastiCacheClient;
beforeAll(async () => {
  server = await startServer();
  client = elastiCacheClient(server.url);
});
afterAll(() => server[Symbol.asyncDispose]());

async function snapshotAvailable(SnapshotName: string): Promise<void> {
  const status = async (): Promise<string | undefined> =>
    (await client.send(new DescribeSnapshotsCommand({ SnapshotName }))).Snapshots?.[0]?.SnapshotStatus;
  await expect.poll(status, { timeout: 30_000 }).toBe("available");
}

describe("clusters", () => {
  test.for(["redis", "valkey"])(
    "%s answers PING, keeps its data and address across a reboot, and is gone when deleted",
    async (engine) => {
      const id = `e2e-${engine}`;
      const { Address, Port } = await createCluster(client, id, engine);
      expect(Port).toBe(6379);
      expect(await ask(Address, Port, resp("PING"))).toBe("+PONG\r\n");
      await ask(Address, Port, resp("SET", "kept", "yes"));
      await client.send(new RebootCacheClusterCommand({ CacheClusterId: id, CacheNodeIdsToReboot: ["0001"] }));
      expect(await availableCluster(client, id)).toEqual({ Address, Port });
      expect(await ask(Address, Port, resp("GET", "kept"))).toBe("$3\r\nyes\r\n");
      await client.send(new DeleteCacheClusterCommand({ CacheClusterId: id }));
      await waitUntilCacheClusterDeleted({ client, ...quickly }, { CacheClusterId: id });
      await expect(ask(Address, Port, resp("PING"))).rejects.toThrow();
    },
  );

  test("memcached serves at its own port and is empty after a reboot", async () => {
    const { Address, Port } = await createCluster(client, "e2e-memcached", "memcached", { Port: 11300 });
    expect(Port).toBe(11300);
    expect(await ask(Address, Port, "set k 0 0 3\r\nyes\r\n")).toBe("STORED\r\n");
    await client.send(
      new RebootCacheClusterCommand({ CacheClusterId: "e2e-memcached", CacheNodeIdsToReboot: ["0001"] }),
    );
    expect(await availableCluster(client, "e2e-memcached")).toEqual({ Address, Port });
    expect(await ask(Address, Port, "get k\r\n")).toBe("END\r\n");
  });

  test("memcached nodes are discovered, added, and removed by id", async () => {
    const id = "e2e-nodes";
    await createCluster(client, id, "memcached", { NumCacheNodes: 2 });
    const cluster = async () =>
      (await client.send(new DescribeCacheClustersCommand({ CacheClusterId: id, ShowCacheNodeInfo: true })))
        .CacheClusters?.[0];
    const { ConfigurationEndpoint: at } = (await cluster()) ?? {};
    const found = new Memcache({
      nodes: [],
      autoDiscover: { enabled: true, configEndpoint: `${at?.Address}:${at?.Port}`, pollingInterval: 200 },
    });
    await found.connect();
    const shown = async (): Promise<string[]> =>
      ((await cluster())?.CacheNodes ?? []).map(({ Endpoint: e }) => `${e?.Address}:${e?.Port}`).sort();
    expect(found.nodeIds.toSorted()).toEqual(await shown());
    const change = { CacheClusterId: id, ApplyImmediately: true };
    await client.send(new ModifyCacheClusterCommand({ ...change, NumCacheNodes: 3 }));
    await availableCluster(client, id);
    await client.send(new ModifyCacheClusterCommand({ ...change, NumCacheNodes: 2, CacheNodeIdsToRemove: ["0001"] }));
    await availableCluster(client, id);
    expect((await cluster())?.CacheNodes?.map((each) => each.CacheNodeId)).toEqual(["0002", "0003"]);
    const known = await shown();
    await expect.poll(() => found.nodeIds.toSorted(), { timeout: 10_000 }).toEqual(known);
    expect(await found.set("k", "v")).toBe(true);
    expect(await found.get("k")).toBe("v");
    await found.disconnect();
    await client.send(new DeleteCacheClusterCommand({ CacheClusterId: id }));
    await waitUntilCacheClusterDeleted({ client, ...quickly }, { CacheClusterId: id });
  });

  test("a function reaches the address that Describe returns", async () => {
    const { Address, Port } = await createCluster(client, "from-function", "redis");
    const lambda = lambdaClient(server.url);
    const source = `import { connect } from "node:net"; export const handler = (event) => new Promise((resolve, reject) => { const socket = connect(event.Port, event.Address, () => socket.write("PING\\r\\n")); socket.once("error", reject); socket.once("data", (data) => { socket.destroy(); resolve(data.toString()); }); });`;
    await createFunction(lambda, node("pinging", source));
    expect((await invoke(lambda, "pinging", { Address, Port })).payload).toBe("+PONG\r\n");
  });

  test("is listed by the introspection in upstream's shape", async () => {
    const { clusters } = (await (await fetch(`${server.url}/_fakecloud/elasticache/clusters`)).json()) as {
      clusters: object[];
    };
    expect(clusters).toContainEqual(
      expect.objectContaining({
        cacheClusterId: "from-function",
        cacheClusterStatus: "available",
        engine: "redis",
        numCacheNodes: 1,
        port: 6379,
      }),
    );
  });
});

describe("snapshots", () => {
  test("a cluster restored from a snapshot has its data, not what came later", async () => {
    const source = await createCluster(client, "source", "redis");
    await ask(source.Address, source.Port, resp("SET", "colour", "blue"));
    await client.send(new CreateSnapshotCommand({ CacheClusterId: "source", SnapshotName: "blue" }));
    await snapshotAvailable("blue");
    await ask(source.Address, source.Port, resp("SET", "colour", "red"));
    const restored = await createCluster(client, "restored", "redis", { SnapshotName: "blue" });
    expect(await ask(restored.Address, restored.Port, resp("GET", "colour"))).toBe("$4\r\nblue\r\n");
  });

  test("an unknown snapshot creates nothing", async () => {
    const create = client.send(
      new CreateCacheClusterCommand({
        CacheClusterId: "from-nothing",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
        SnapshotName: "no-such",
      }),
    );
    await expect(create).rejects.toThrow();
    await expect(
      client.send(new DescribeCacheClustersCommand({ CacheClusterId: "from-nothing" })),
    ).rejects.toMatchObject({ name: "CacheClusterNotFoundFault" });
  });
});

describe("parameter groups and tags", () => {
  test("parameters reach the engine: at its start, and when they are modified", async () => {
    await client.send(
      new CreateCacheParameterGroupCommand({
        CacheParameterGroupName: "lru",
        CacheParameterGroupFamily: "redis7",
        Description: "x",
      }),
    );
    const modify = async (ParameterValue: string): Promise<void> => {
      await client.send(
        new ModifyCacheParameterGroupCommand({
          CacheParameterGroupName: "lru",
          ParameterNameValues: [{ ParameterName: "maxmemory-policy", ParameterValue }],
        }),
      );
    };
    await modify("allkeys-lru");
    const { Address, Port } = await createCluster(client, "with-parameters", "redis", {
      CacheParameterGroupName: "lru",
    });
    const policy = (): Promise<string> => ask(Address, Port, resp("INFO", "memory"));
    expect(await policy()).toContain("maxmemory_policy:allkeys-lru");
    await modify("allkeys-lfu");
    await expect.poll(policy, { timeout: 10_000 }).toContain("maxmemory_policy:allkeys-lfu");
  });

  test("tags of a cluster are kept, also with an empty value", async () => {
    const ResourceName = "arn:aws:elasticache:us-east-1:123456789012:cluster:with-parameters";
    await client.send(
      new AddTagsToResourceCommand({
        ResourceName,
        Tags: [
          { Key: "team", Value: "red" },
          { Key: "empty", Value: "" },
        ],
      }),
    );
    const { TagList } = await client.send(new ListTagsForResourceCommand({ ResourceName }));
    expect(TagList).toEqual(
      expect.arrayContaining([
        { Key: "team", Value: "red" },
        { Key: "empty", Value: "" },
      ]),
    );
  });
});

describe("replication groups", () => {
  test("a group of one node has a primary endpoint that answers, and a member cluster", async () => {
    await client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: "group",
        ReplicationGroupDescription: "one",
        Engine: "valkey",
        CacheNodeType: "cache.t3.micro",
        NumCacheClusters: 1,
      }),
    );
    await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId: "group" });
    const { ReplicationGroups } = await client.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: "group" }),
    );
    const primary = ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint;
    expect(ReplicationGroups?.[0]?.MemberClusters).toEqual(["group-001"]);
    expect(await ask(primary?.Address ?? "", primary?.Port ?? 0, resp("PING"))).toBe("+PONG\r\n");
  });

  test("a group of three replicates: writes at the primary endpoint are read at the reader endpoint and at every node", async () => {
    await client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: "three",
        ReplicationGroupDescription: "x",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheClusters: 3,
        AutomaticFailoverEnabled: true,
      }),
    );
    await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId: "three" });
    const { ReplicationGroups } = await client.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: "three" }),
    );
    const [shard] = ReplicationGroups?.[0]?.NodeGroups ?? [];
    const at = (
      endpoint: { Address?: string | undefined; Port?: number | undefined } | undefined,
      ...words: readonly string[]
    ) => ask(endpoint?.Address ?? "", endpoint?.Port ?? 0, resp(...words));
    expect(await at(shard?.PrimaryEndpoint, "SET", "k", "v")).toBe("+OK\r\n");
    const readers = [shard?.ReaderEndpoint, ...(shard?.NodeGroupMembers ?? []).map((member) => member.ReadEndpoint)];
    expect(readers).toHaveLength(4);
    for (const endpoint of readers)
      await expect.poll(() => at(endpoint, "GET", "k"), { timeout: 5_000 }).toBe("$1\r\nv\r\n");
    expect(await at(shard?.ReaderEndpoint, "SET", "k", "w")).toMatch(/^-READONLY/);
    const CacheClusterId = "three-002";
    await client.send(new RebootCacheClusterCommand({ CacheClusterId, CacheNodeIdsToReboot: ["0001"] }));
    const { Address, Port } = await availableCluster(client, CacheClusterId);
    expect(await at({ Address, Port }, "GET", "k")).toBe("$1\r\nv\r\n");
  });

  test("cluster mode without automatic failover is refused before anything is created", async () => {
    const create = client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: "sharded",
        ReplicationGroupDescription: "x",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumNodeGroups: 3,
      }),
    );
    await expect(create).rejects.toThrow(/auto failover turned off/);
    await expect(
      client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: "sharded" })),
    ).rejects.toMatchObject({ name: "ReplicationGroupNotFoundFault" });
  });
});

test.for([
  ["an unknown engine", { Engine: "oracle" }],
  ["a bad identifier", { CacheClusterId: "double--hyphen" }],
  ["a missing node type", { CacheNodeType: undefined }],
  ["two redis nodes", { NumCacheNodes: 2 }],
] as const)("%s is refused with InvalidParameter…", async ([, wrong]) => {
  const good = { CacheClusterId: "refused", Engine: "redis", CacheNodeType: "cache.t3.micro", NumCacheNodes: 1 };
  const refused = client.send(new CreateCacheClusterCommand({ ...good, ...wrong } as typeof good));
  await expect(refused).rejects.toMatchObject({ name: expect.stringMatching(/^InvalidParameter/) });
});
