import {
  DeleteCacheClusterCommand,
  DescribeEventsCommand,
  waitUntilCacheClusterDeleted,
} from "@aws-sdk/client-elasticache";
import { K8sClient } from "@fc/k8s";
import { expect, test } from "vitest";
import { createCluster } from "./lib/cache-clusters.ts";
import { elastiCacheClient, quickly } from "./lib/clients.ts";
import { ask, resp } from "./lib/resp.ts";
import { startServer } from "./lib/server-process.ts";

test("with FAKECLOUD_ELASTICACHE_PERSISTENCE=pvc an engine that is killed comes back with every answered write", async () => {
  const environment = { FAKECLOUD_ELASTICACHE_PERSISTENCE: "pvc", FAKECLOUD_ELASTICACHE_PERSISTENCE_SIZE_MIB: "64" };
  await using server = await startServer({ environment });
  const client = elastiCacheClient(server.url);
  const CacheClusterId = "kept";
  const { Address, Port } = await createCluster(client, CacheClusterId, "redis");
  expect(await ask(Address, Port, resp("SET", "k", "v"))).toBe("+OK\r\n");
  await using kubernetes = await K8sClient.connect({ kubeconfig: server.kubeconfig, namespace: "default" });
  const [pod] = await kubernetes.listPods(`fakecloud-elasticache=${CacheClusterId}`);
  await kubernetes.deletePod(pod?.metadata?.name ?? "", { gracePeriodSeconds: 0 });
  const messages = async () =>
    (await client.send(new DescribeEventsCommand({ SourceType: "cache-cluster" }))).Events?.map(
      ({ Message }) => Message,
    ).join();
  await expect.poll(messages, { timeout: 30_000 }).toContain("Finished recovery for cache nodes 0001 (with its data)");
  expect(await ask(Address, Port, resp("GET", "k"))).toBe("$1\r\nv\r\n");
  const claims = async () =>
    (await kubernetes.core.listNamespacedPersistentVolumeClaim({ namespace: "default" })).items.length;
  expect(await claims()).toBe(1);
  await client.send(new DeleteCacheClusterCommand({ CacheClusterId }));
  await waitUntilCacheClusterDeleted({ client, ...quickly }, { CacheClusterId });
  expect(await claims()).toBe(0);
});
