import { invalidParameter } from "../aws-errors.ts";
import type { ImageConfig } from "../model.generated.ts";
import type { CodeRef, ImageRecord } from "../state/records.ts";

/** `[host[:port]/]path[:tag][@digest]`, as container registries have them. */
const reference =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** Stands where the zip of other functions is. */
export const noZip: CodeRef = { sha256: "", sizeBytes: 0 };

/**
 * The image that a request sets as the function's code, with what was configured before.
 * @param resolution a new id: the same tag may name another image than last time
 * @throws AwsError when it names none, brings a zip instead, or is no reference to an image
 */
export function imageOf(
  code: { readonly ImageUri?: string | undefined; readonly ZipFile?: unknown; readonly S3Bucket?: unknown },
  resolution: string,
  before?: ImageRecord,
): ImageRecord {
  if (code.ZipFile !== undefined || code.S3Bucket !== undefined)
    throw invalidParameter("Please don't provide ZipFile or S3Bucket when the function has packageType Image.");
  if (code.ImageUri === undefined) throw invalidParameter("Please provide a source for function code.");
  if (!reference.test(code.ImageUri))
    throw invalidParameter(`Source image ${code.ImageUri} is not valid. Provide a valid source image.`);
  return { ...before, uri: code.ImageUri, resolution };
}

/** The image with what `ImageConfig` sets over its own entry point, command and folder; an empty member takes that back. */
export function configuredImage({ uri, resolution }: ImageRecord, input: ImageConfig): ImageRecord {
  const { EntryPoint: entryPoint = [], Command: command = [], WorkingDirectory: workingDirectory = "" } = input;
  return {
    uri,
    resolution,
    ...(entryPoint.length === 0 ? {} : { entryPoint }),
    ...(command.length === 0 ? {} : { command }),
    ...(workingDirectory === "" ? {} : { workingDirectory }),
  };
}

/** What `ImageConfig` was set to, if anything. */
export function imageConfigOf({ entryPoint, command, workingDirectory }: ImageRecord): ImageConfig | undefined {
  if (entryPoint === undefined && command === undefined && workingDirectory === undefined) return undefined;
  return {
    ...(entryPoint === undefined ? {} : { EntryPoint: entryPoint }),
    ...(command === undefined ? {} : { Command: command }),
    ...(workingDirectory === undefined ? {} : { WorkingDirectory: workingDirectory }),
  };
}

/** The reference with its digest instead of a tag: what AWS calls the resolved URI. */
export function resolvedUri(uri: string, digest: string): string {
  return `${uri.replace(/@.*$/, "").replace(/:[^:/]*$/, "")}@${digest}`;
}

/** `sha256:…` that the reference itself names. */
export function pinnedDigest(uri: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(uri)?.[1];
}
