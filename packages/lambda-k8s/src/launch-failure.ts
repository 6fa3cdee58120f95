import { errorText, FcError } from "@fc/core";
import { KubernetesError, PodStartError } from "@fc/k8s";
import { BackendError, type FunctionSpec } from "@fc/lambda/backend";

/** What a launch that did not work is for a caller. */
export function launchFailure(error: unknown, { functionName, version }: FunctionSpec, podName: string): BackendError {
  if (error instanceof BackendError) return error;
  const message = `Pod ${podName} for ${functionName}:${version} did not start: ${errorText(error)}`;
  return new BackendError("FC_LAMBDA_LAUNCH_FAILED", message, {
    details: { reason: PodStartError.is(error) ? error.reason : kubernetesReason(error) },
    cause: error,
  });
}

/** Whether the cluster had no room for the Pod: a quota or full nodes. */
export function hadNoRoom(error: unknown): boolean {
  const cause = error instanceof BackendError ? error.cause : error;
  if (PodStartError.is(cause)) return cause.reason === "Unschedulable";
  return cause instanceof KubernetesError && cause.isForbidden() && /exceeded quota/.test(cause.message);
}

/** Whether a launch that failed so may go better with another Pod: the Pod was there and then it was gone. */
export function wasLost(error: unknown): boolean {
  if (error instanceof BackendError) return error.code === "FC_LAMBDA_LAUNCH_FAILED" && wasLost(error.cause);
  return error === undefined || (PodStartError.is(error) && error.reason === "Deleted");
}

/** Whether somebody took the Pod away (deleted, evicted, its node drained or lost): it did nothing wrong, and another may do better. */
export function wasTakenAway(error: unknown): boolean {
  if (!(error instanceof BackendError) || error.code !== "FC_LAMBDA_LAUNCH_FAILED") return false;
  const { cause } = error;
  if (!PodStartError.is(cause)) return error.details["end"] === "lost";
  // A reason of the whole Pod's is the kubelet's: Evicted, NodeShutdown…
  return cause.reason === "Deleted" || cause.pod?.status?.reason !== undefined;
}

function kubernetesReason(error: unknown): string {
  if (error instanceof KubernetesError) return error.status?.reason ?? error.code;
  return FcError.isInstance(error) ? error.code : "Unknown";
}
