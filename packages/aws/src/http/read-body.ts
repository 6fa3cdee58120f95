import { FcError } from "@fc/core";
import type { AwsHttpRequest } from "./http.ts";

/** The body is larger than allowed. At most one chunk more than the limit was ever held. */
export class BodyTooLargeError extends FcError {
  readonly limit: number;

  constructor(limit: number) {
    super("FC_AWS_BODY_TOO_LARGE", `the request body exceeds ${limit} bytes`, { fault: "user", details: { limit } });
    this.limit = limit;
  }
}

/**
 * Reads the whole body, up to `limit` bytes: a declared length above it is refused before a byte is read.
 *
 * @throws BodyTooLargeError; the reason of `request.signal` when the client went away.
 */
export async function readBody(request: AwsHttpRequest, limit: number): Promise<Uint8Array> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limit) throw new BodyTooLargeError(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    request.signal.throwIfAborted();
    size += chunk.byteLength;
    if (size > limit) throw new BodyTooLargeError(limit);
    chunks.push(chunk);
  }
  request.signal.throwIfAborted();
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}
