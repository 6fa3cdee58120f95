import {
  CreateCacheClusterCommand,
  type CreateCacheClusterCommandInput,
  DescribeCacheClustersCommand,
  type ElastiCacheClient,
  waitUntilCacheClusterAvailable,
} from "@aws-sdk/client-elasticache";
import { expect } from "vitest";
import { quickly } from "./clients.ts";

export interface Endpoint {
  readonly Address: string;
  readonly Port: number;
}

/** Waits until the cluster is available. @returns the address of its first node */
export async function availableCluster(client: ElastiCacheClient, CacheClusterId: string): Promise<Endpoint> {
  await waitUntilCacheClusterAvailable({ client, ...quickly }, { CacheClusterId });
  const { CacheClusters } = await client.send(
    new DescribeCacheClustersCommand({ CacheClusterId, ShowCacheNodeInfo: true }),
  );
  const { Address = "", Port = 0 } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
  return { Address, Port };
}

/** Creates a cluster of one small node and waits for it. @returns the address of its first node */
export async function createCluster(
  client: ElastiCacheClient,
  CacheClusterId: string,
  Engine: string,
  more: Partial<CreateCacheClusterCommandInput> = {},
): Promise<Endpoint> {
  const small = { CacheNodeType: "cache.t3.micro", NumCacheNodes: 1 };
  const { CacheCluster } = await client.send(
    new CreateCacheClusterCommand({ CacheClusterId, Engine, ...small, ...more }),
  );
  expect(CacheCluster?.CacheClusterStatus).toBe("creating");
  return await availableCluster(client, CacheClusterId);
}
