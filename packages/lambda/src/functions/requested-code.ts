import { invalidParameter, notImplemented } from "../aws-errors.ts";
import type { PinnedCode } from "../code/code-store.ts";
import type { FunctionCode, PackageType } from "../model.generated.ts";
import type { Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import type { CodeRef } from "../state/records.ts";
import { noZip } from "./function-image.ts";

type Requested = Pick<FunctionCode, "ZipFile" | "S3Bucket" | "S3Key" | "S3ObjectVersion" | "S3ObjectStorageMode">;
type Parts = Pick<LambdaParts, "code" | "codeFetch">;

/** What a request sets as code: a zip in the store, or nothing there for an image. @throws AwsError */
export async function takeCode(
  parts: Parts,
  { region }: Pick<Home, "region">,
  type: PackageType | undefined,
  code: Requested,
  signal: AbortSignal,
): Promise<CodeRef & Pick<PinnedCode, "unpin">> {
  return type === "Image"
    ? { ...noZip, unpin: () => Promise.resolve() }
    : await takeZip(parts, { region }, code, signal);
}

/** The zip of a request, from itself or from where it says that it lies. @throws AwsError */
export async function takeZip(
  { code: store, codeFetch }: Parts,
  { region }: Pick<Home, "region">,
  code: Requested,
  signal: AbortSignal,
): Promise<PinnedCode> {
  const { ZipFile, S3Bucket: bucket, S3Key: key, S3ObjectVersion: objectVersion } = code;
  if (ZipFile !== undefined) {
    if (bucket !== undefined || key !== undefined || objectVersion !== undefined)
      throw invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
    return await store.add(ZipFile);
  }
  if (bucket === undefined || key === undefined) throw invalidParameter("Please provide a source for function code.");
  if (code.S3ObjectStorageMode === "REFERENCE") throw notImplemented("S3ObjectStorageMode REFERENCE");
  const location = { region, bucket, key, ...(objectVersion === undefined ? {} : { objectVersion }) };
  return await store.add(await codeFetch.fetch(location, signal), store.limits.unzippedBytes);
}
