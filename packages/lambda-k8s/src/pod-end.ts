import type { EndReport } from "@fc/lambda/runtime-api";
import type { V1ContainerStateTerminated, V1Pod } from "@kubernetes/client-node";
import { extensionsName } from "./pod-context.ts";

/** How long to wait for the end of a Pod: a kubelet that lives takes a second or two. */
export const closingMs = 5_000;

/** What the supervisor, the gates and the extensions' script end with when they do not get from the server what they need. */
const unserved = 70;

/** How the Pod ended, or undefined while it lives. A Pod that somebody deletes counts as ended: it has a second left at most. */
export function podEnd(pod: V1Pod): EndReport | undefined {
  const { phase, reason, message } = pod.status ?? {};
  const terminated = endOf(pod);
  if (terminated !== undefined && reason === undefined) {
    return {
      reason: "exited",
      detail: `the container ended with exit code ${terminated.exitCode} (${terminated.reason ?? "no reason given"})${terminated.message === undefined ? "" : `: ${terminated.message}`}${adviceFor(pod, terminated.exitCode)}`,
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

/** Most often it is the address: on a laptop, one that only the laptop itself reaches. */
function adviceFor({ spec }: V1Pod, exitCode: number): string {
  if (exitCode !== unserved) return "";
  const variables = spec?.containers.flatMap(({ env = [] }) => env) ?? [];
  const address = variables.find(({ name }) => name === "FC_GATE")?.value;
  return address === undefined
    ? ""
    : `; it did not get the function from ${address}: is that the server as Pods reach it?`;
}

/** Of the function's container; of the one with its extensions when that failed, which did not tell of it then. */
function endOf({ status }: V1Pod): V1ContainerStateTerminated | undefined {
  const ends = (status?.containerStatuses ?? []).map(({ name, state }) => ({ name, terminated: state?.terminated }));
  const own = ends.find(({ name }) => name !== extensionsName)?.terminated;
  return own ?? ends.find(({ terminated }) => terminated !== undefined && terminated.exitCode !== 0)?.terminated;
}
