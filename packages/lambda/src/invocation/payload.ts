import { AwsError } from "@fc/aws";
import { invalidRequestContent } from "../aws-errors.ts";

/** Bytes of a payload. AWS: 6 MB for synchronous, 1 MB for asynchronous invocations; 6 MB and a bit for answers. */
export const payloadLimits = { request: 6_291_456, event: 1_048_576, response: 6_291_556 } as const;

const source = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
const expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/**
 * The event of an invocation; an absent one is `{}`.
 * @throws AwsError `RequestTooLargeException`, `InvalidRequestContentException` in Lambda's words
 */
export function checkedPayload(
  payload: Uint8Array | undefined,
  limit: number,
  operation = "InvokeFunction",
): Uint8Array {
  if (payload === undefined || payload.byteLength === 0) return Buffer.from("{}");
  if (payload.byteLength > limit)
    throw new AwsError(
      "RequestTooLargeException",
      `Request must be smaller than ${limit} bytes for the ${operation} operation`,
      { members: { Type: "User" } },
    );
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (error) {
    throw invalidRequestContent(
      `Could not parse request body into json: Could not parse payload into json: ${parserWords(payload, error)}`,
    );
  }
  return payload;
}

/** What AWS's JSON parser says when the first byte is wrong, which is the common case; our own parser's words otherwise. */
function parserWords(payload: Uint8Array, error: unknown): string {
  const at = payload.findIndex((byte) => !" \t\r\n".includes(String.fromCharCode(byte)));
  const first = payload[at];
  const before = Buffer.from(payload.subarray(0, Math.max(at, 0)))
    .toString("latin1")
    .split("\n");
  const place = `${source}; line: ${before.length}, column: ${(before.at(-1)?.length ?? 0) + 1}]`;
  if (first === undefined) return `No content to map due to end-of-input\n at ${place}`;
  const letter = String.fromCharCode(first);
  const word = /^[A-Za-z_$][\w$]*/.exec(Buffer.from(payload.subarray(at, at + 64)).toString("latin1"))?.[0];
  if (word !== undefined) return `Unrecognized token '${word}': was expecting ${expected}\n at ${place}`;
  if (!'{["-0123456789'.includes(letter)) {
    const control = first < 32 || (first >= 127 && first < 160);
    const shown = control ? `(CTRL-CHAR, code ${first})` : `'${letter}' (code ${first})`;
    return `Unexpected character (${shown}): expected a valid value ${expected}\n at ${place}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** @throws AwsError `InvalidRequestContentException` when it is not JSON in base64 */
export function decodedClientContext(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8");
  try {
    const value: unknown = JSON.parse(decoded);
    if (typeof value === "object" && value !== null) return decoded;
  } catch {
    // Falls through to the one answer for everything that is not a JSON object.
  }
  throw invalidRequestContent("Client context must be a valid Base64-encoded JSON object.");
}
