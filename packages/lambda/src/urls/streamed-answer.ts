import { answerOfPrelude, type UrlAnswer } from "./url-answer.ts";

const separatorBytes = 8;
const longestPrelude = 1024 * 1024;
const withPrelude = "application/vnd.awslambda.http-integration-response";

/** A streamed answer whose head is known. */
export interface StreamedAnswer {
  readonly head: UrlAnswer;
  readonly body: AsyncGenerator<Uint8Array, void>;
}

/**
 * Takes the head off a stream: JSON, then eight NUL bytes, when the runtime says by its content type that there is one.
 * @throws FcError `FC_LAMBDA_URL_RESPONSE_INVALID`
 */
export async function streamedAnswer(
  contentType: string,
  chunks: AsyncGenerator<Uint8Array, void>,
): Promise<StreamedAnswer> {
  if (contentType !== withPrelude)
    return { head: { status: 200, headers: { "content-type": contentType }, cookies: [] }, body: chunks };
  let seen: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true || seen.byteLength > longestPrelude) break;
    seen = Buffer.concat([seen, value]);
    const end = seen.indexOf(Buffer.alloc(separatorBytes));
    if (end === -1) continue;
    const rest = seen.subarray(end + separatorBytes);
    return { head: answerOfPrelude(seen.subarray(0, end)), body: prepended(rest, chunks) };
  }
  // Without a separator all of it is the head.
  return { head: answerOfPrelude(seen), body: chunks };
}

async function* prepended(first: Uint8Array, rest: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    if (first.byteLength > 0) yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
