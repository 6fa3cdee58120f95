import { errorText, FcError } from "@fc/core";
import { CacheBackendError, type CacheBackendErrorCode, type CacheNodeSpec } from "@fc/elasticache/backend";
import { KubernetesError, PodStartError } from "@fc/k8s";

/** Anything thrown as the error that the contract names, with the cluster's own reason in `details.reason`. */
export function cacheFailure(
  code: CacheBackendErrorCode,
  what: string,
  error: unknown,
  details: Readonly<Record<string, unknown>> = {},
): CacheBackendError {
  if (error instanceof CacheBackendError) return error;
  const fault = FcError.isInstance(error) ? { fault: error.fault, retryable: error.retryable } : {};
  return new CacheBackendError(code, `${what}: ${errorText(error)}`, {
    ...fault,
    details: { ...details, reason: failureReason(error) },
    cause: error,
  });
}

/** Kubernetes' word where there is one, else the code of the error, else `Aborted` or `Error`. */
export function failureReason(error: unknown): string {
  if (PodStartError.is(error)) return error.reason;
  if (KubernetesError.is(error) && error.status?.reason !== undefined) return error.status.reason;
  if (FcError.isInstance(error)) return error.code;
  return error instanceof Error && error.name === "AbortError" ? "Aborted" : "Error";
}

/** Runs `work`; what it throws becomes the error that the contract names. */
export async function failing<T>(
  code: CacheBackendErrorCode,
  what: string,
  nodeKey: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(code, what, error, { nodeKey });
  }
}

/** A node in words. */
export function nameOf(spec: CacheNodeSpec): string {
  return `${spec.engine} node ${spec.resourceId}/${spec.nodeId}`;
}
