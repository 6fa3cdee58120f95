import type { AwsError } from "@fc/aws";
import { FcError } from "@fc/core";
import { invalidValue, unsupported } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { identifier, identifierLengths } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { driveExport } from "../transitions/export-snapshot.ts";
import { exportKeys } from "./export-keys.ts";
import type { SnapshotFile } from "./snapshot-files.ts";

export interface ExportRequest {
  readonly scope: Scope;
  /** TargetSnapshotName: what the files are called. */
  readonly name: string | undefined;
  readonly bucket: string;
  readonly signal: AbortSignal;
  /** The snapshot as it is now. @throws AwsError when it cannot be exported. */
  readonly source: () => SnapshotRecord;
}

/**
 * Begins an export once it is known that the bucket can take it: the snapshot is `exporting` until its files are there.
 * @throws AwsError as AWS documents them for CopySnapshot.
 */
export async function beginExport(plane: Plane, request: ExportRequest): Promise<SnapshotRecord> {
  const { scope, bucket, signal } = request;
  const { files } = plane;
  if (files === undefined)
    throw unsupported("Exporting a snapshot to S3", "Leave out TargetBucket, or tell the server where S3 is.");
  const name = identifier(request.name, "TargetSnapshotName", identifierLengths.name);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw noSuchBucket(bucket);
  for (const key of exportKeys(request.source(), name)) {
    const file: SnapshotFile = { region: scope.region, bucket, key };
    await files.checkAbsent(file, { signal }).catch((error: unknown) => {
      throw refusal(file, error);
    });
  }
  // It may have been deleted meanwhile, or another export have begun.
  const exporting: SnapshotRecord = { ...request.source(), status: "exporting", target: { bucket, name } };
  plane.state.snapshots.set(exporting);
  driveExport(plane, exporting);
  return exporting;
}

function noSuchBucket(bucket: string): AwsError {
  return invalidValue(`The S3 bucket ${bucket} does not exist.`);
}

function refusal({ bucket, key }: SnapshotFile, error: unknown): unknown {
  switch (FcError.isInstance(error) ? error.code : undefined) {
    case "FC_SNAPSHOT_FILES_NO_BUCKET":
      return noSuchBucket(bucket);
    case "FC_SNAPSHOT_FILES_OTHER_REGION":
      return invalidValue(`The S3 bucket ${bucket} is outside of the region.`);
    case "FC_SNAPSHOT_FILES_FORBIDDEN":
      return invalidValue(`The S3 bucket ${bucket} is not owned by the authenticated user.`);
    case "FC_SNAPSHOT_FILES_EXISTS":
      return invalidValue(`The S3 bucket ${bucket} already contains an object with key ${key}.`);
    case "FC_SNAPSHOT_FILES_FAILED":
      return invalidValue(`The S3 bucket ${bucket} cannot be used: ${(error as Error).message}`);
    default:
      return error;
  }
}
