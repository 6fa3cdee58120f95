import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateReplicationGroupCommand,
  type ElastiCacheClient,
  ModifyReplicationGroupShardConfigurationCommand,
} from "@aws-sdk/client-elasticache";
import { afterAll, beforeAll, expect, test } from "vitest";
import { elastiCacheClient } from "../lib/clients.ts";
import {
  availableGroup,
  connectCluster,
  describedGroup,
  expectWritten,
  inClusterMode,
  writingDuring,
} from "../lib/cluster-mode.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-shards-${randomBytes(4).toString("hex")}`;
const ReplicationGroupId = "shards";

let dataPath: string;
let server: ServerProcess;
let client: ElastiCacheClient;

async function start(): Promise<void> {
  server = await startServerOnCluster(namespace, {}, ["--data-path", dataPath]);
  client = elastiCacheClient(server.url);
}

beforeAll(async () => {
  dataPath = await mkdtemp(join(tmpdir(), "fc-shards-"));
  await createNamespace(namespace);
  await start();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await kubectl("delete", "namespace", namespace, "--wait=false");
  await rm(dataPath, { recursive: true, force: true });
});

test("a server that is killed while slots move leaves it to the next one, and clients notice neither", async () => {
  await client.send(
    new CreateReplicationGroupCommand({
      ...inClusterMode,
      Engine: "valkey",
      ReplicationGroupId,
      NumNodeGroups: 2,
      ReplicasPerNodeGroup: 0,
    }),
  );
  const created = await availableGroup(client, ReplicationGroupId);
  using cluster = connectCluster(created);
  const interrupted = async (): Promise<void> => {
    await client.send(
      new ModifyReplicationGroupShardConfigurationCommand({
        ReplicationGroupId,
        NodeGroupCount: 3,
        ApplyImmediately: true,
      }),
    );
    const progress = async () => (await describedGroup(client, ReplicationGroupId)).PendingModifiedValues?.Resharding;
    await expect
      .poll(async () => (await progress())?.SlotMigration?.ProgressPercentage, { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(0);
    await server.stop("SIGKILL");
    await start();
    expect(await progress()).toBeDefined();
    await availableGroup(client, ReplicationGroupId);
  };
  const written = await writingDuring(cluster, interrupted());
  await expectWritten(cluster, written);
  const { NodeGroups = [], ConfigurationEndpoint } = await describedGroup(client, ReplicationGroupId);
  expect(ConfigurationEndpoint).toEqual(created.ConfigurationEndpoint);
  expect(NodeGroups.map(({ Slots }) => Slots)).toEqual(["0-5461", "8192-13652", "5462-8191,13653-16383"]);
});
