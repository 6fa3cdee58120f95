import { Readable } from "node:stream";
import { errorText, FcError } from "@fc/core";
import {
  type SnapshotFile,
  type SnapshotFiles,
  SnapshotFilesError,
  type SnapshotFilesErrorCode,
} from "@fc/elasticache";
import { type AwsClients, type AwsReachedS3, awsS3For } from "@fc/lambda-event-sources";
import { destroyedOnAbort, untilAborted } from "./until-aborted.ts";

/** S3 takes ten thousand parts of a file: with these, 80 GB. Two of them are in memory at once. */
const partBytes = 8 * 1_048_576;

/** RDB files in Amazon S3 over the AWS SDK. */
export function s3Files(clients: AwsClients): SnapshotFiles {
  const asking = async <T>(
    file: SnapshotFile,
    signal: AbortSignal,
    work: (at: AwsReachedS3) => Promise<T>,
  ): Promise<T> => {
    const at = await awsS3For(clients, file.region, `s3://${file.bucket}/${file.key}`);
    try {
      return await work(at);
    } catch (error) {
      throw signal.aborted ? signal.reason : failureOf(at.sdk, file, error);
    }
  };
  return {
    specificationVersion: "v1",
    checkAbsent: (file, { signal }) => asking(file, signal, (at) => checkAbsent(at, file, signal)),
    write: (file, content, { signal }) => asking(file, signal, (at) => upload(at, file, untilAborted(content, signal))),
    open: (file, { signal }) =>
      asking(file, signal, async ({ sdk, client }) => {
        const command = new sdk.GetObjectCommand({ Bucket: file.bucket, Key: file.key });
        const { Body } = await client.send(command, { abortSignal: signal });
        // In Node.js the body is a stream of bytes.
        return destroyedOnAbort((Body ?? Readable.from([])) as Readable, signal);
      }),
    [Symbol.asyncDispose]: () => clients.close(),
  };
}

async function checkAbsent({ sdk, client }: AwsReachedS3, file: SnapshotFile, abortSignal: AbortSignal): Promise<void> {
  const head = await client.send(new sdk.HeadBucketCommand({ Bucket: file.bucket }), { abortSignal });
  if (head.BucketRegion !== undefined && head.BucketRegion !== file.region)
    throw told("FC_SNAPSHOT_FILES_OTHER_REGION", file, `the bucket is in ${head.BucketRegion}`);
  try {
    await client.send(new sdk.HeadObjectCommand({ Bucket: file.bucket, Key: file.key }), { abortSignal });
  } catch (error) {
    if (error instanceof sdk.S3ServiceException && error.$metadata.httpStatusCode === 404) return;
    throw error;
  }
  throw told("FC_SNAPSHOT_FILES_EXISTS", file, "there is such an object already");
}

/** An object appears when it is whole; what was sent of one whose content fails is taken back. */
async function upload(
  { client }: AwsReachedS3,
  { bucket, key }: SnapshotFile,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  const params = { Bucket: bucket, Key: key, Body: Readable.from(content, { objectMode: false }) };
  await new Upload({ client, params, partSize: partBytes, queueSize: 2 }).done();
}

function told(code: SnapshotFilesErrorCode, { bucket, key }: SnapshotFile, what: string): SnapshotFilesError {
  return new SnapshotFilesError(code, `s3://${bucket}/${key}: ${what}`, { fault: "user" });
}

function failureOf(sdk: AwsReachedS3["sdk"], file: SnapshotFile, error: unknown): unknown {
  // What a reader of the content threw, or what was told already.
  if (FcError.isInstance(error)) return error;
  const where = `s3://${file.bucket}/${file.key}`;
  if (!(error instanceof sdk.S3ServiceException))
    return new SnapshotFilesError("FC_SNAPSHOT_FILES_FAILED", `${where}: ${errorText(error)}`, {
      retryable: true,
      cause: error,
    });
  const code = codeOf(error.name, error.$metadata.httpStatusCode);
  const text = error.message === "" || error.message === "UnknownError" ? error.name : error.message;
  return new SnapshotFilesError(code, `${where}: ${text}`, { fault: "user", cause: error });
}

function codeOf(name: string, status: number | undefined): SnapshotFilesErrorCode {
  if (name === "NoSuchKey") return "FC_SNAPSHOT_FILES_NOT_FOUND";
  // The answers to HEAD have no name of their own.
  if (name === "NoSuchBucket" || status === 404) return "FC_SNAPSHOT_FILES_NO_BUCKET";
  if (status === 301) return "FC_SNAPSHOT_FILES_OTHER_REGION";
  return status === 403 ? "FC_SNAPSHOT_FILES_FORBIDDEN" : "FC_SNAPSHOT_FILES_FAILED";
}
