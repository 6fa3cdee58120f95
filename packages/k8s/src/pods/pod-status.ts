import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** True when the Pod's condition `Ready` is True and it is not being deleted. */
export const podIsReady = (pod: V1Pod): boolean =>
  pod.metadata?.deletionTimestamp === undefined &&
  (pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false);

/** Why a Pod will not start. */
export interface StartProblem {
  /** Kubernetes' word. */
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
  readonly exitCode?: number;
  /** Others may still mend it: it counts only when it lasts this long. */
  readonly grace?: "config" | "schedule";
}

/** Waiting reasons that do not pass by themselves, or pass so slowly that a caller must know. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
  "CrashLoopBackOff",
  "RunContainerError",
  "StartError",
]);

/** A Secret or ConfigMap may be made in parallel. */
const mendable = new Set(["CreateContainerConfigError", "CreateContainerError"]);

/** The reason why this Pod will not become what is waited for, or undefined while it may. */
export function startProblem(pod: V1Pod): StartProblem | undefined {
  const ended = endProblem(pod);
  if (ended !== undefined) return ended;
  if (pod.metadata?.deletionTimestamp !== undefined) return { reason: "Deleted", message: "the Pod is being deleted" };
  for (const status of containerStatuses(pod)) {
    const problem = waitingProblem(status) ?? terminatedProblem(pod, status);
    if (problem !== undefined) return problem;
  }
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable")
    return { reason: "Unschedulable", message: scheduled.message ?? "no node takes it", grace: "schedule" };
  return undefined;
}

/** Phase and what each container waits for, on one line: for a timeout's message. */
export function describePod(pod: V1Pod): string {
  const waiting = containerStatuses(pod).flatMap(({ name, state }) =>
    state?.waiting === undefined ? [] : [`${name} ${state.waiting.reason ?? "waiting"}`],
  );
  const unmet = (pod.status?.conditions ?? [])
    .filter((condition) => condition.status === "False")
    .map((condition) => `${condition.type}=False${condition.reason === undefined ? "" : ` (${condition.reason})`}`);
  return [`phase ${pod.status?.phase ?? "unknown"}`, ...waiting, ...unmet].join(", ");
}

function endProblem(pod: V1Pod): StartProblem | undefined {
  const phase = pod.status?.phase;
  if (phase !== "Failed" && phase !== "Succeeded") return undefined;
  const atFault = containerStatuses(pod).find((status) => (status.state?.terminated?.exitCode ?? 0) !== 0);
  const first = atFault ?? containerStatuses(pod).find((status) => status.state?.terminated !== undefined);
  const terminated = first?.state?.terminated;
  // Evicted, DeadlineExceeded, OutOfmemory…: the kubelet's own word for the whole Pod.
  const reason = pod.status?.reason ?? (terminated?.reason === "OOMKilled" ? "OOMKilled" : phase);
  const said = pod.status?.message ?? terminated?.message;
  const how = terminated === undefined ? "" : `: container ${first?.name} ended with exit code ${terminated.exitCode}`;
  return {
    reason,
    message: `the Pod is ${phase}${how}${said === undefined ? "" : `: ${said}`}`,
    ...(first !== undefined && { container: first.name }),
    ...(terminated !== undefined && { exitCode: terminated.exitCode }),
  };
}

function waitingProblem(status: V1ContainerStatus): StartProblem | undefined {
  const { reason = "", message } = status.state?.waiting ?? {};
  if (!hopeless.has(reason) && !mendable.has(reason)) return undefined;
  const last = status.lastState?.terminated;
  const before = last === undefined ? "" : `; it ended with exit code ${last.exitCode} (${last.reason ?? "Error"})`;
  return {
    reason: reason === "CrashLoopBackOff" && last?.reason === "OOMKilled" ? "OOMKilled" : reason,
    message: `container ${status.name}: ${message ?? reason}${before}`,
    container: status.name,
    ...(last !== undefined && { exitCode: last.exitCode }),
    ...(mendable.has(reason) && { grace: "config" as const }),
  };
}

/** Nothing starts a container again under `restartPolicy: Never`, though the Pod runs on while another container does. */
function terminatedProblem(pod: V1Pod, status: V1ContainerStatus): StartProblem | undefined {
  const terminated = status.state?.terminated;
  if (terminated === undefined || terminated.exitCode === 0 || pod.spec?.restartPolicy !== "Never") return undefined;
  return {
    reason: terminated.reason ?? "Error",
    message: `container ${status.name} ended with exit code ${terminated.exitCode}${terminated.message === undefined ? "" : `: ${terminated.message}`}`,
    container: status.name,
    exitCode: terminated.exitCode,
  };
}

function containerStatuses(pod: V1Pod): V1ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}
