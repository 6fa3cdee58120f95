import {
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DescribeEventsCommand,
  DescribeSnapshotsCommand,
  type ElastiCacheClient,
  ModifyReplicationGroupShardConfigurationCommand,
  type ReplicationGroup,
} from "@aws-sdk/client-elasticache";
import { afterAll, beforeAll, expect, test } from "vitest";
import { elastiCacheClient } from "./lib/clients.ts";
import { availableGroup, connectCluster, expectWritten, inClusterMode, writingDuring } from "./lib/cluster-mode.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

const ReplicationGroupId = "shards";

let server: ServerProcess;
let client: ElastiCacheClient;

beforeAll(async () => {
  server = await startServer();
  client = elastiCacheClient(server.url);
});

afterAll(() => server?.[Symbol.asyncDispose]());

const slotsOf = ({ NodeGroups = [] }: ReplicationGroup) => NodeGroups.map(({ Slots }) => Slots);

async function reshard(input: { NodeGroupCount: number; NodeGroupsToRemove?: string[] }): Promise<ReplicationGroup> {
  const { ReplicationGroup } = await client.send(
    new ModifyReplicationGroupShardConfigurationCommand({ ReplicationGroupId, ApplyImmediately: true, ...input }),
  );
  expect(ReplicationGroup?.Status).toBe("modifying");
  expect(ReplicationGroup?.PendingModifiedValues?.Resharding?.SlotMigration?.ProgressPercentage).toBe(0);
  const group = await availableGroup(client, ReplicationGroupId);
  const { Events = [] } = await client.send(
    new DescribeEventsCommand({ SourceIdentifier: ReplicationGroupId, SourceType: "replication-group" }),
  );
  expect(Events.at(-1)?.Message).toBe("Finished modifying the shard configuration");
  return group;
}

test("two shards serve a cluster client from the configuration endpoint, become three and two again under its load, and come back as three from a snapshot", async () => {
  await client.send(
    new CreateReplicationGroupCommand({
      ...inClusterMode,
      Engine: "redis",
      ReplicationGroupId,
      NumNodeGroups: 2,
      ReplicasPerNodeGroup: 1,
    }),
  );
  const created = await availableGroup(client, ReplicationGroupId);
  expect(created).toMatchObject({
    ClusterEnabled: true,
    ClusterMode: "enabled",
    MemberClusters: ["shards-0001-001", "shards-0001-002", "shards-0002-001", "shards-0002-002"],
  });
  expect(slotsOf(created)).toEqual(["0-8191", "8192-16383"]);
  expect(created.NodeGroups?.[0]).not.toHaveProperty("PrimaryEndpoint");
  using cluster = connectCluster(created);
  const more = await writingDuring(cluster, reshard({ NodeGroupCount: 3 }));
  await expectWritten(cluster, more);
  const fewer = reshard({ NodeGroupCount: 2, NodeGroupsToRemove: ["0001"] });
  const written = new Map([...more, ...(await writingDuring(cluster, fewer))]);
  await expectWritten(cluster, written);
  expect(await fewer).toMatchObject({
    ConfigurationEndpoint: created.ConfigurationEndpoint,
    NodeGroups: [{ NodeGroupId: "0002" }, { NodeGroupId: "0003" }],
  });

  await client.send(new CreateSnapshotCommand({ ReplicationGroupId, SnapshotName: "s" }));
  const stored = async () => (await client.send(new DescribeSnapshotsCommand({ SnapshotName: "s" }))).Snapshots?.[0];
  await expect.poll(async () => (await stored())?.SnapshotStatus, { timeout: 30_000 }).toBe("available");
  await client.send(
    new CreateReplicationGroupCommand({
      ...inClusterMode,
      ReplicationGroupId: "restored",
      SnapshotName: "s",
      NumNodeGroups: 3,
      ReplicasPerNodeGroup: 0,
    }),
  );
  const restored = await availableGroup(client, "restored");
  expect(slotsOf(restored)).toEqual(["0-5461", "5462-10922", "10923-16383"]);
  expect(restored.MemberClusters).toEqual(["restored-0001-001", "restored-0002-001", "restored-0003-001"]);
  using copy = connectCluster(restored);
  await expectWritten(copy, written);
});
