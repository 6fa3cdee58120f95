import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import type { SnapshotFile } from "./snapshot-files.ts";

const arnForm = /^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/;

/** Bucket and key of an S3 object's ARN; undefined when it is none. */
export function parseObjectArn(arn: string): Pick<SnapshotFile, "bucket" | "key"> | undefined {
  const [, bucket, key] = arnForm.exec(arn) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/**
 * The files that a creation is seeded from, one of each shard, which is the caller's to check; undefined when it names none.
 * @throws AwsError `InvalidParameterValue`, `InvalidParameterCombination`.
 */
export function seedArns(
  plane: Plane,
  request: { readonly SnapshotArns?: readonly string[] | undefined; readonly SnapshotName?: string | undefined },
): readonly string[] | undefined {
  const arns = request.SnapshotArns ?? [];
  if (arns.length === 0) return undefined;
  if (plane.files === undefined)
    throw unsupported("Seeding from S3", "Leave out SnapshotArns, or tell the server where S3 is.");
  if (filled(request.SnapshotName) !== undefined)
    throw invalidCombination("SnapshotArns and SnapshotName cannot be used together.");
  for (const arn of arns)
    if (parseObjectArn(arn) === undefined || arn.includes(","))
      throw invalidValue(
        `The parameter SnapshotArns has the value ${arn}; it must be the ARN of an S3 object without commas, as arn:aws:s3:::my-bucket/snapshot1.rdb.`,
      );
  return arns;
}
