import { KubernetesError } from "../errors/kubernetes-error.ts";

/** At most five tries within 15 s. */
export const retryLimits = { tries: 5, totalMs: 15_000 } as const;

const firstDelayMs = 100;

/** Codes of failures before a connection stood: the request cannot have been executed. */
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * Whether the request may be executed twice (RFC 9110 9.2.2). A merge patch says what is to be; a JSON patch, what to do. An
 * object that is written twice is either the same or refused, by its resourceVersion.
 */
export function isIdempotent(method: string, contentType: string | undefined): boolean {
  if (method === "PATCH") return contentType === "application/merge-patch+json";
  return method !== "POST";
}

/**
 * How long to wait before a request is sent again, or undefined when it must not be. What may be executed twice is repeated
 * after lost connections, 429 and 5xx; anything else only when the server cannot have executed it or asks for it by Retry-After.
 * @param attempt how many times it has been sent, from 1
 */
export function retryDelayMs(
  idempotent: boolean,
  error: unknown,
  attempt: number,
  random: () => number = Math.random,
): number | undefined {
  if (attempt >= retryLimits.tries || !KubernetesError.is(error) || !isRepeatable(idempotent, error)) return undefined;
  return Math.max(error.retryAfterMs ?? 0, random() * firstDelayMs * 2 ** attempt);
}

function isRepeatable(idempotent: boolean, error: KubernetesError): boolean {
  const { httpStatus } = error;
  if (httpStatus === undefined) return idempotent ? error.retryable : notSent.has(String(error.details["errno"]));
  if (httpStatus === 429) return true;
  return httpStatus >= 500 && (idempotent || error.retryAfterMs !== undefined);
}

/** Milliseconds of a Retry-After header: seconds, or an HTTP date. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
