import type { ServerResponse } from "node:http";

/** AWS's answer for a function that failed or whose answer cannot be understood. */
export function internalServerError(response: ServerResponse, extra: Readonly<Record<string, string>> = {}): void {
  const body = "Internal Server Error";
  response
    .writeHead(502, { ...extra, "content-type": "application/octet-stream", "content-length": body.length })
    .end(body);
}
