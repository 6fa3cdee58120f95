import type { EndReport } from "@fc/lambda/runtime-api";
import type { V1Pod } from "@kubernetes/client-node";

/** How the Pod ended, or undefined while it lives. A Pod that somebody deletes counts as ended: it has a second left at most. */
export function podEnd(pod: V1Pod): EndReport | undefined {
  const { phase, reason, message } = pod.status ?? {};
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (terminated !== undefined && reason === undefined) {
    return {
      reason: "exited",
      detail: `the container ended with exit code ${terminated.exitCode} (${terminated.reason ?? "no reason given"})${terminated.message === undefined ? "" : `: ${terminated.message}`}`,
      exitCode: terminated.exitCode,
      oomKilled: terminated.reason === "OOMKilled",
    };
  }
  if (phase === "Failed" || phase === "Succeeded")
    return {
      reason: "lost",
      detail: `the Pod is ${phase}: ${reason ?? "no reason given"}${message === undefined ? "" : `: ${message}`}`,
    };
  if (pod.metadata?.deletionTimestamp !== undefined) return { reason: "lost", detail: "the Pod is being deleted" };
  return undefined;
}
