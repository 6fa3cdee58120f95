import type { ServerResponse } from "node:http";
import { errorText, type Logger } from "@fc/core";
import { StatusError } from "../../store/status-error.ts";

/** Answers with a JSON body. */
export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-cache, private");
  response.writeHead(code, { "Content-Length": bytes.length });
  response.end(bytes);
}

export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with the Status of an error; anything that is no {@link StatusError} is a 500 and logged. */
export function sendError(response: ServerResponse, error: unknown, logger: Logger): void {
  const { status } = asStatusError(error, logger);
  if (response.headersSent) return void response.destroy();
  const seconds = status.details?.retryAfterSeconds;
  sendJson(response, status.code, status, seconds === undefined ? {} : { "Retry-After": String(seconds) });
}

export function asStatusError(error: unknown, logger: Logger): StatusError {
  if (StatusError.isInstance(error)) return error;
  logger.error({ error: errorText(error) }, "a request to the local cluster failed inside of the API server");
  return StatusError.internal(`Internal error occurred: ${errorText(error)}`);
}

/** One RFC 7234 `Warning` header value per warning, as kubectl prints them. */
export function warningHeaders(warnings: readonly string[]): Record<string, readonly string[]> {
  return warnings.length === 0 ? {} : { Warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`) };
}
