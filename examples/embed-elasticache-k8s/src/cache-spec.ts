// #region spec
import type { CacheNodeSpec } from "@fc/elasticache/backend";

/** A redis of one node, as your service would make it of its own records. The node key must never be used again for another one. */
export function redisNode(id: string): CacheNodeSpec {
  return {
    nodeKey: `my-service/${id}`,
    account: "123456789012",
    region: "us-east-1",
    resourceType: "cluster",
    resourceId: id,
    nodeId: "0001",
    engine: "redis",
    engineVersion: "7.1",
    nodeType: "cache.t3.micro",
    port: 6379,
    parameters: { "maxmemory-policy": "allkeys-lru" },
    tags: {},
  };
}
// #endregion
