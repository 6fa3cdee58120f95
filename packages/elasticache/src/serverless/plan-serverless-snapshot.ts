import { fault, unsupported } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { identifier, identifierLengths } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { ServerlessCacheRecord, ServerlessSnapshotRecord } from "../state/serverless-records.ts";

const dayMs = 24 * 60 * 60_000;

/**
 * The record of a snapshot of the cache in `creating`; nothing is stored yet.
 * @throws AwsError `InvalidParameterCombination` for memcached, `ServerlessCacheSnapshotAlreadyExistsFault`, `InvalidParameterValue`.
 */
export function planServerlessSnapshot(
  plane: Plane,
  cache: ServerlessCacheRecord,
  of: {
    readonly name: string;
    readonly member?: string;
    readonly kmsKeyId?: string | undefined;
    /** Days that an automatic one is kept. */
    readonly keptDays?: number;
  },
): ServerlessSnapshotRecord {
  if (cache.engine === "memcached")
    throw unsupported(
      "A snapshot of a memcached serverless cache",
      "Its engine has no way to give its data; redis and valkey have.",
    );
  const now = plane.clock.now();
  const { account, region, engine, engineVersion, nodeKey } = cache;
  const kind =
    of.keptDays === undefined
      ? ({ id: newServerlessSnapshotName(plane, cache, of.name, of.member), type: "manual" } as const)
      : ({ id: of.name, type: "automated", expiresAtMs: now + of.keptDays * dayMs } as const);
  return {
    account,
    region,
    ...kind,
    status: "creating",
    cacheId: cache.id,
    nodeKey,
    engine,
    engineVersion,
    ...(of.kmsKeyId === undefined ? {} : { kmsKeyId: of.kmsKeyId }),
    createdAtMs: now,
  };
}

/** @throws AwsError `InvalidParameterValue` for a bad name, `ServerlessCacheSnapshotAlreadyExistsFault`. */
export function newServerlessSnapshotName(
  plane: Plane,
  scope: Scope,
  name: string | undefined,
  member = "ServerlessCacheSnapshotName",
): string {
  const id = identifier(name, member, identifierLengths.name);
  if (plane.state.serverlessSnapshots.get(scope, id) !== undefined)
    throw fault("ServerlessCacheSnapshotAlreadyExistsFault", `ServerlessCacheSnapshot ${id} already exists.`);
  return id;
}
