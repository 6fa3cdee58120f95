/**
 * Amazon ElastiCache as a library: the control plane with its status machines, over a {@link CacheBackend} that runs the nodes.
 *
 * @packageDocumentation
 */
export type { IamLogin } from "./access/iam-login.ts";
export { createElastiCache, type ElastiCache } from "./elasticache.ts";
export type {
  ElastiCacheIntrospection,
  IntrospectedCluster,
  IntrospectedReplicationGroup,
} from "./introspection.ts";
export type { ElastiCacheOperations } from "./model.generated.ts";
export type { ElastiCacheOptions } from "./plane.ts";
export { type ElastiCacheSettings, elastiCacheSettings } from "./settings.ts";
export {
  type SnapshotFile,
  type SnapshotFiles,
  SnapshotFilesError,
  type SnapshotFilesErrorCode,
} from "./snapshots/snapshot-files.ts";
