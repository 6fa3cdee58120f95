import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers with JSON, and drops what the client may still be sending. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with an error in the Runtime API's form. */
export function answerError(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  answerJson(response, status, { errorMessage, errorType });
}

/** The whole body, or undefined when it is longer than `limit` bytes; the rest is read and dropped then. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

/** A header's first value. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
