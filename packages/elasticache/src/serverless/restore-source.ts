import { compareVersions } from "../engines/versions.ts";
import { invalidCombination, invalidValue, serverlessSnapshotNotFound, unsupported } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { parseArn, type Scope } from "../scope.ts";
import type { ServerlessEngine } from "../state/serverless-records.ts";
import type { StoredBytes } from "../state/transition-records.ts";

/** Of a serverless snapshot or of one of a cluster or group. */
interface Source extends Pick<ServerlessEngine, "engine" | "engineVersion"> {
  readonly id: string;
  readonly status: string;
  readonly bytes?: StoredBytes;
}

/**
 * The data that `SnapshotArnsToRestore` names: nothing when there are none.
 * @throws AwsError `ServerlessCacheSnapshotNotFoundFault`, `InvalidParameterValue`, `InvalidParameterCombination`.
 */
export function restoreSource(
  plane: Plane,
  scope: Scope,
  arns: readonly string[],
  to: Pick<ServerlessEngine, "engine" | "engineVersion">,
): { readonly restore?: StoredBytes; readonly restoredFrom?: string } {
  const [arn, ...more] = arns;
  if (arn === undefined) return {};
  if (to.engine === "memcached")
    throw unsupported("Restoring a memcached serverless cache", "Leave out SnapshotArnsToRestore.");
  if (more.length > 0)
    throw unsupported(
      "Restoring several snapshots into one serverless cache",
      "Give one ARN in SnapshotArnsToRestore.",
    );
  const snapshot = sourceOf(plane, scope, arn);
  if (snapshot.status !== "available" || snapshot.bytes === undefined)
    throw invalidValue(`Snapshot ${snapshot.id} is ${snapshot.status}; only an available snapshot can be restored.`);
  const older =
    snapshot.engine === to.engine
      ? compareVersions(to.engineVersion, snapshot.engineVersion) < 0
      : snapshot.engine !== "redis";
  if (older)
    throw invalidCombination(
      `A snapshot of ${snapshot.engine} ${snapshot.engineVersion} cannot be restored into ${to.engine} ${to.engineVersion}.`,
    );
  return { restore: snapshot.bytes, restoredFrom: snapshot.id };
}

function sourceOf(plane: Plane, scope: Scope, arn: string): Source {
  if (/^arn:aws[a-z-]*:s3:/.test(arn))
    throw unsupported("Seeding from S3", "Name the ARN of a snapshot in SnapshotArnsToRestore.");
  const parsed = parseArn(arn);
  if (parsed === undefined || parsed.account !== scope.account || parsed.region !== scope.region)
    throw invalidValue(`The ARN ${arn} is not valid: it must name a snapshot of this account and region.`);
  const { serverlessSnapshots, snapshots } = plane.state;
  const serverless = parsed.kind === "serverlesssnapshot" ? serverlessSnapshots.get(scope, parsed.id) : undefined;
  if (serverless !== undefined) return serverless;
  const found = parsed.kind === "snapshot" ? snapshots.get(scope, parsed.id) : undefined;
  if (found === undefined) throw serverlessSnapshotNotFound(parsed.id);
  const [part, ...others] = found.parts;
  if (others.length > 0)
    throw unsupported("Restoring several shards into one serverless cache", "Name a snapshot of one shard.");
  const { id, status, engine, engineVersion } = found;
  return { id, status, engine, engineVersion, ...(part?.bytes === undefined ? {} : { bytes: part.bytes }) };
}
