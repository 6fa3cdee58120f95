import type { AwsHttpResponse } from "@fc/aws";

/** AWS's answer for a function that failed or whose answer cannot be understood. */
export function internalServerError(extra: Readonly<Record<string, string>> = {}): AwsHttpResponse {
  const headers = { ...extra, "content-type": "application/octet-stream" };
  return { status: 502, headers, body: Buffer.from("Internal Server Error") };
}
