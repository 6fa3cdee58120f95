import { FcError, type FcErrorOptions } from "@fc/core";

/** Where a file lies: in S3's terms, whatever keeps it. */
export interface SnapshotFile {
  /** The snapshot's or the cache's. A bucket elsewhere is refused, as on AWS. */
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
}

/**
 * RDB files that requests name by bucket and key: what CopySnapshot exports to (`TargetBucket`) and what caches are seeded from
 * (`SnapshotArns`). `@fc/server` keeps them in Amazon S3 or in a folder.
 * @throws SnapshotFilesError from every method.
 */
export interface SnapshotFiles extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /** Resolves when there is such a bucket and no such file in it yet. */
  checkAbsent(file: SnapshotFile, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Writes a file, whole or not at all; one that is there is replaced. What `content` throws is thrown on. */
  write(
    file: SnapshotFile,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytes: number; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Begins to read a file. It may be left half read. */
  open(file: SnapshotFile, options: { readonly signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * - `FC_SNAPSHOT_FILES_NO_BUCKET`: there is no such bucket.
 * - `FC_SNAPSHOT_FILES_OTHER_REGION`: the bucket is in another region.
 * - `FC_SNAPSHOT_FILES_FORBIDDEN`: the bucket or the file is somebody else's.
 * - `FC_SNAPSHOT_FILES_EXISTS`: there is such a file already.
 * - `FC_SNAPSHOT_FILES_NOT_FOUND`: there is no such file.
 * - `FC_SNAPSHOT_FILES_FAILED`: what keeps the files could not be reached, or refused.
 */
export type SnapshotFilesErrorCode =
  | "FC_SNAPSHOT_FILES_NO_BUCKET"
  | "FC_SNAPSHOT_FILES_OTHER_REGION"
  | "FC_SNAPSHOT_FILES_FORBIDDEN"
  | "FC_SNAPSHOT_FILES_EXISTS"
  | "FC_SNAPSHOT_FILES_NOT_FOUND"
  | "FC_SNAPSHOT_FILES_FAILED";

/** What {@link SnapshotFiles} throws. */
export class SnapshotFilesError extends FcError {
  constructor(code: SnapshotFilesErrorCode, message: string, options: FcErrorOptions = {}) {
    super(code, message, options);
  }
}
