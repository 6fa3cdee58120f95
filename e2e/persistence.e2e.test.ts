import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  waitUntilCacheClusterAvailable,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { CreateAliasCommand, PublishVersionCommand } from "@aws-sdk/client-lambda";
import { expect, onTestFinished, test } from "vitest";
import { elastiCacheClient, lambdaClient, quickly } from "./lib/clients.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { ask, resp } from "./lib/resp.ts";
import { runServer, startServer } from "./lib/server-process.ts";

async function dataPath(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fc-data-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("after kill -9 the next server has every acknowledged change, its functions run and its caches answer", async () => {
  const args = ["--data-path", await dataPath()];
  const first = await startServer({ args });
  const lambda = lambdaClient(first.url);
  await createFunction(lambda, node("kept", "export const handler = async (event) => ({ got: event });"));
  await lambda.send(new PublishVersionCommand({ FunctionName: "kept" }));
  await lambda.send(new CreateAliasCommand({ FunctionName: "kept", Name: "live", FunctionVersion: "1" }));
  const caches = elastiCacheClient(first.url);
  const cluster = { CacheClusterId: "kept" };
  await caches.send(
    new CreateCacheClusterCommand({ ...cluster, Engine: "redis", CacheNodeType: "cache.t3.micro", NumCacheNodes: 1 }),
  );
  await waitUntilCacheClusterAvailable({ client: caches, ...quickly }, cluster);
  await first.stop("SIGKILL");

  await using second = await startServer({ args });
  const again = lambdaClient(second.url);
  expect(await invoke(again, "kept:live", { n: 1 })).toMatchObject({ payload: { got: { n: 1 } }, version: "1" });
  const cachesAgain = elastiCacheClient(second.url);
  await waitUntilCacheClusterAvailable({ client: cachesAgain, ...quickly }, cluster);
  const { CacheClusters } = await cachesAgain.send(new DescribeCacheClustersCommand({ ShowCacheNodeInfo: true }));
  expect(CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint?.Port).toBe(6379);
});

test("after kill -9 a replication group has its members, its primary and its replica again", async () => {
  const args = ["--data-path", await dataPath()];
  const first = await startServer({ args });
  const group = { ReplicationGroupId: "kept" };
  const create = { ReplicationGroupDescription: "x", Engine: "redis", CacheNodeType: "cache.t3.micro" };
  const caches = elastiCacheClient(first.url);
  await caches.send(
    new CreateReplicationGroupCommand({ ...group, ...create, NumCacheClusters: 2, AutomaticFailoverEnabled: true }),
  );
  await waitUntilReplicationGroupAvailable({ client: caches, ...quickly }, group);
  await first.stop("SIGKILL");

  await using second = await startServer({ args });
  const again = elastiCacheClient(second.url);
  // The embedded cluster has ended with the first server: its Pods are made anew.
  const replication = async (): Promise<string> => {
    const { ReplicationGroups } = await again.send(new DescribeReplicationGroupsCommand(group));
    const { Address = "", Port = 0 } = ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint ?? {};
    return await ask(Address, Port, resp("INFO", "replication")).catch(String);
  };
  await expect.poll(replication, { timeout: 30_000 }).toMatch(/role:master\r\nconnected_slaves:1/);
  await waitUntilReplicationGroupAvailable({ client: again, ...quickly }, group);
});

test("a folder that another server uses stops the start and says so", async () => {
  const args = ["--data-path", await dataPath()];
  await using _server = await startServer({ args });
  const { code, stderr } = await runServer(["--addr", "127.0.0.1:0", ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain("is used by another server");
});
