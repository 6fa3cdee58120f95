/**
 * ElastiCache nodes as Kubernetes Pods and Services.
 *
 * @packageDocumentation
 */
export { type RdbFacts, verifiedRdb } from "@fc/elasticache/backend";
export { createElastiCacheK8sBackend, type ElastiCacheK8sOptions } from "./create-elasticache-k8s-backend.ts";
export { ElastiCacheK8sBackend } from "./elasticache-k8s-backend.ts";
export { enginePort } from "./engines/engine-arguments.ts";
export { type CacheImages, defaultImages, imageFor } from "./engines/images.ts";
export { type NodeSize, nodeSize } from "./engines/node-types.ts";
export { dumpRdb, type ExecRedisResult, execRedis } from "./exec-redis.ts";
export type { CachePersistence } from "./persistence/claims.ts";
export { buildCachePod, type CachePodOptions, type CacheResources, type RestoreSource } from "./pod/build-cache-pod.ts";
export { buildCacheService } from "./pod/build-cache-service.ts";
export { type ElastiCacheK8sSettings, elastiCacheK8sSettings } from "./settings.ts";
