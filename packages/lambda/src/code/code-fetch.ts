import { AwsError } from "@fc/aws";
import { type Clock, errorText, FcError, Semaphore, withDeadline } from "@fc/core";
import { invalidParameter } from "../aws-errors.ts";
import type { CodeLocation, CodeObjects } from "../event-sources/code-objects.ts";

const fetchTimeoutMs = 300_000;
/** A zip is in memory until it is inflated. */
const parallelFetches = 4;

/** Fetches zips that requests name by bucket and key. */
export class CodeFetch {
  readonly objects: CodeObjects;
  readonly #clock: Clock;
  readonly #limitBytes: number;
  readonly #places = new Semaphore(parallelFetches);

  /** @param limitBytes of a zip. AWS has no limit but that of the unzipped code, which no good zip exceeds */
  constructor(options: { readonly objects: CodeObjects; readonly clock: Clock; readonly limitBytes: number }) {
    this.objects = options.objects;
    this.#clock = options.clock;
    this.#limitBytes = options.limitBytes;
  }

  /** The whole object. @throws AwsError in Lambda's words */
  async fetch(location: CodeLocation, signal: AbortSignal): Promise<Uint8Array> {
    const what = `reading ${nameOf(location)}`;
    const deadline = { timeoutMs: fetchTimeoutMs, what, signal, clock: this.#clock };
    try {
      return await withDeadline(deadline, (limited) => this.#places.run(() => this.#read(location, limited), limited));
    } catch (error) {
      throw signal.aborted ? signal.reason : asLambdaSays(error, location);
    }
  }

  async #read(location: CodeLocation, signal: AbortSignal): Promise<Uint8Array> {
    const { sizeBytes = 0, content } = await this.objects.open(location, { signal });
    const chunks: Uint8Array[] = [];
    let size = 0;
    const check = (bytes: number): void => {
      if (bytes > this.#limitBytes)
        throw invalidParameter(`Unzipped size must be smaller than ${this.#limitBytes} bytes`);
    };
    // An iterator that is not begun cannot be ended: what is refused by its size is read to its first chunk.
    for await (const chunk of content) {
      size += chunk.byteLength;
      check(Math.max(size, sizeBytes));
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

function asLambdaSays(error: unknown, location: CodeLocation): unknown {
  if (AwsError.isInstance(error)) return error;
  const { s3Code } = FcError.isInstance(error) ? error.details : {};
  const message = errorText(error);
  if (s3Code === "AccessDenied")
    return new AwsError(
      "AccessDeniedException",
      `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${location.bucket}/${location.key}. S3 Error Code: AccessDenied. S3 Error Message: ${message}`,
      { httpStatus: 403, cause: error },
    );
  if (typeof s3Code === "string")
    return invalidParameter(`Error occurred while GetObject. S3 Error Code: ${s3Code}. S3 Error Message: ${message}`);
  const refused = ["FC_EVENT_SOURCE_NOT_CONFIGURED", "FC_EVENT_SOURCE_UNSUPPORTED"];
  if (FcError.isInstance(error) && refused.includes(error.code)) return invalidParameter(message);
  return new AwsError("ServiceException", `${nameOf(location)} cannot be read: ${message}`, {
    members: { Type: "Service" },
    cause: error,
  });
}

function nameOf({ bucket, key }: CodeLocation): string {
  return `s3://${bucket}/${key}`;
}
