import { KubernetesError } from "../errors/kubernetes-error.ts";

/** At most five tries within 15 s. */
export const retryLimits = { tries: 5, totalMs: 15_000 } as const;

const firstDelayMs = 100;

/** Codes of failures before a connection stood: the request cannot have been executed. */
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * How long to wait before the request is sent again, or undefined when it must not be. Reads and deletes are repeated after
 * lost connections, 429 and 5xx; writes only when the server cannot have executed them or asks for it by Retry-After.
 * @param attempt how many times it has been sent, from 1
 */
export function retryDelayMs(
  method: string,
  error: unknown,
  attempt: number,
  random: () => number = Math.random,
): number | undefined {
  if (attempt >= retryLimits.tries || !KubernetesError.is(error) || !isRepeatable(method, error)) return undefined;
  return Math.max(error.retryAfterMs ?? 0, random() * firstDelayMs * 2 ** attempt);
}

function isRepeatable(method: string, error: KubernetesError): boolean {
  const idempotent = ["GET", "HEAD", "DELETE"].includes(method);
  const { httpStatus } = error;
  if (httpStatus === undefined) return idempotent ? error.retryable : notExecuted(method, error.details);
  if (httpStatus === 429) return true;
  return httpStatus >= 500 && (idempotent || error.retryAfterMs !== undefined);
}

function notExecuted(method: string, { errno, reusedSocket }: KubernetesError["details"]): boolean {
  // The server closed an idle connection while we wrote to it. Creates have a rule of their own.
  const closedIdle = errno === "ECONNRESET" && reusedSocket === true && method !== "POST";
  return notSent.has(String(errno)) || closedIdle;
}

/** Milliseconds of a Retry-After header: seconds, or an HTTP date. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
