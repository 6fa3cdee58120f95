import { endpointView } from "../clusters/cluster-view.ts";
import { reportedVersion } from "../engines/versions.ts";
import type { ServerlessCache, ServerlessCacheSnapshot } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { ServerlessCacheRecord, ServerlessSnapshotRecord } from "../state/serverless-records.ts";
import { serverlessPorts } from "./serverless-spec.ts";
import { majorOf } from "./serverless-versions.ts";
import { usageLimitsView } from "./usage-limits.ts";

/** A serverless cache in AWS's shape. Endpoints are shown once the engine has answered. */
export function serverlessView(cache: ServerlessCacheRecord): ServerlessCache {
  const { endpoint, engine } = cache;
  return {
    ServerlessCacheName: cache.id,
    Description: cache.description,
    CreateTime: new Date(cache.createdAtMs),
    Status: cache.status,
    Engine: engine,
    MajorEngineVersion: majorOf(engine, cache.engineVersion),
    FullEngineVersion: reportedVersion(cache),
    CacheUsageLimits: usageLimitsView(cache.usageLimits),
    KmsKeyId: cache.kmsKeyId,
    SecurityGroupIds: cache.securityGroupIds,
    Endpoint: endpointView(endpoint),
    ReaderEndpoint:
      engine === "memcached" ? undefined : endpointView(endpoint && { ...endpoint, port: serverlessPorts.readers }),
    ARN: arnOf(cache, "serverlesscache", cache.id),
    UserGroupId: cache.userGroupId,
    SubnetIds: cache.subnetIds,
    SnapshotRetentionLimit: cache.snapshotRetentionLimit,
    DailySnapshotTime: cache.dailySnapshotTime,
    NetworkType: "ipv4",
  };
}

/** A serverless snapshot in AWS's shape. */
export function serverlessSnapshotView(snapshot: ServerlessSnapshotRecord): ServerlessCacheSnapshot {
  const { engine, expiresAtMs } = snapshot;
  return {
    ServerlessCacheSnapshotName: snapshot.id,
    ARN: arnOf(snapshot, "serverlesssnapshot", snapshot.id),
    KmsKeyId: snapshot.kmsKeyId,
    SnapshotType: snapshot.type,
    Status: snapshot.status,
    CreateTime: new Date(snapshot.createdAtMs),
    ExpiryTime: expiresAtMs === undefined ? undefined : new Date(expiresAtMs),
    BytesUsedForCache: snapshot.bytes === undefined ? undefined : String(snapshot.bytes.sizeBytes),
    ServerlessCacheConfiguration: {
      ServerlessCacheName: snapshot.cacheId,
      Engine: engine,
      MajorEngineVersion: majorOf(engine, snapshot.engineVersion),
    },
  };
}
