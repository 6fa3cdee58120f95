import type { AwsHttpResponse } from "@fc/aws";

/** An answer in JSON. */
export function jsonAnswer(status: number, body: unknown): AwsHttpResponse {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) };
}
