import { FcError } from "@fc/core";
import type { V1Status } from "@kubernetes/client-node";

/** What a {@link KubernetesError} is made from. */
export interface KubernetesErrorOptions {
  /** The API server's answer: HTTP status and, when it sent one, its Status object. */
  readonly httpStatus?: number;
  readonly status?: V1Status;
  readonly retryAfterMs?: number;
  /** Overrides the code that follows from the HTTP status. */
  readonly code?: string;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const codes: Readonly<Record<number, string>> = {
  400: "FC_K8S_BAD_REQUEST",
  401: "FC_K8S_UNAUTHORIZED",
  403: "FC_K8S_FORBIDDEN",
  404: "FC_K8S_NOT_FOUND",
  409: "FC_K8S_CONFLICT",
  410: "FC_K8S_GONE",
  422: "FC_K8S_INVALID",
  429: "FC_K8S_TOO_MANY_REQUESTS",
};

/**
 * Anything that went wrong between here and the Kubernetes API. Codes: `FC_K8S_BAD_REQUEST`, `_UNAUTHORIZED`, `_FORBIDDEN`,
 * `_NOT_FOUND`, `_CONFLICT`, `_GONE`, `_INVALID`, `_TOO_MANY_REQUESTS`, `_UNAVAILABLE` (5xx), `_API_ERROR` (other answers),
 * `_UNREACHABLE` (no answer), `_CONNECT_FAILED`, `_CREDENTIALS_FAILED`, `_EXEC_FAILED`, `_EXEC_STDIN_UNSUPPORTED`,
 * `_EXEC_OUTPUT_DIFFERS`, `_DIAL_FAILED`.
 */
export class KubernetesError extends FcError {
  readonly httpStatus: number | undefined;
  readonly status: V1Status | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: KubernetesErrorOptions = {}) {
    const { httpStatus, status, cause } = options;
    super(options.code ?? codeOf(httpStatus), message, {
      retryable: options.retryable ?? (httpStatus === undefined || httpStatus === 429 || httpStatus >= 500),
      details: {
        ...(httpStatus !== undefined && { httpStatus }),
        ...(status?.reason !== undefined && { reason: status.reason }),
        ...options.details,
      },
      cause,
    });
    this.httpStatus = httpStatus;
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Kubernetes' own word for it: `NotFound`, `AlreadyExists`, `Forbidden`… */
  get reason(): string | undefined {
    return this.status?.reason;
  }

  isNotFound(): boolean {
    return this.httpStatus === 404;
  }

  /** A precondition (uid, resourceVersion) does not hold any more. */
  isConflict(): boolean {
    return this.httpStatus === 409 && this.reason !== "AlreadyExists";
  }

  isAlreadyExists(): boolean {
    return this.httpStatus === 409 && this.reason === "AlreadyExists";
  }

  /** RBAC, quota, admission or Pod Security refused it. */
  isForbidden(): boolean {
    return this.httpStatus === 403;
  }

  /** The resourceVersion or continue token is too old: list again. */
  isGone(): boolean {
    return this.httpStatus === 410;
  }

  static is(error: unknown): error is KubernetesError {
    return FcError.isInstance(error) && "httpStatus" in error && "isNotFound" in error;
  }
}

/** The error for an answer of the API server whose body is `body`. */
export function errorFromAnswer(
  what: string,
  answer: { readonly httpStatus: number; readonly body: string; readonly retryAfterMs?: number | undefined },
): KubernetesError {
  const status = parseStatus(answer.body);
  const text = status?.message ?? (answer.body.trim().slice(0, 400) || "no body");
  const words = [answer.httpStatus, ...(status?.reason === undefined ? [] : [status.reason])].join(" ");
  return new KubernetesError(`${what}: ${words}: ${text}`, {
    httpStatus: answer.httpStatus,
    ...(status !== undefined && { status }),
    ...(answer.retryAfterMs !== undefined && { retryAfterMs: answer.retryAfterMs }),
  });
}

/** A Status object from JSON text, or undefined when it is none. */
export function parseStatus(body: string): V1Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && Reflect.get(value, "kind") === "Status"
      ? (value as V1Status)
      : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(httpStatus: number | undefined): string {
  if (httpStatus === undefined) return "FC_K8S_UNREACHABLE";
  return codes[httpStatus] ?? (httpStatus >= 500 ? "FC_K8S_UNAVAILABLE" : "FC_K8S_API_ERROR");
}
