import type { ContainerStatus, Pod, PodCondition, PodStatus } from "../pod-types.ts";
import { isSidecar, restartPolicyOf } from "../pod-types.ts";
import { qosClass } from "./qos-class.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  readonly hostIp: string;
  /** Absent before the Pod's address is allocated. */
  readonly podIp: string | undefined;
  /** RFC 3339: when the agent took the Pod. */
  readonly startTime: string;
  /** RFC 3339: for conditions that change now. */
  readonly now: string;
  /** Ends the Pod whatever its containers say, e.g. DeadlineExceeded. */
  readonly failure?: { readonly reason: string; readonly message: string } | undefined;
  /** Whether the node ended it for its own needs. */
  readonly disrupted?: boolean;
  /** Whether it is being deleted: what has ended is not restarted any more. */
  readonly deleted?: boolean;
}

/** The whole status of a Pod, as a kubelet writes it. Conditions that do not change keep their transition time. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, failure } = facts;
  const running = [...facts.initContainers, ...facts.containers].some(({ state }) => state.running !== undefined);
  // A Pod that is made to fail shows it when its containers have ended; it is not ready from the beginning of that.
  const ended = failure !== undefined && !running;
  const phase = ended ? "Failed" : podPhase(facts);
  return {
    phase,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    conditions: [...otherConditions(facts), ...conditions(facts, failure === undefined ? phase : "Failed", running)],
    ...(ended ? failure : {}),
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    ...(facts.podIp === undefined ? {} : { podIP: facts.podIp, podIPs: [{ ip: facts.podIp }] }),
    startTime: facts.startTime,
    ...(facts.initContainers.length === 0 ? {} : { initContainerStatuses: [...facts.initContainers] }),
    containerStatuses: [...facts.containers],
    qosClass: qosClass(pod.spec),
  };
}

/** The kubelet's phase rules: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase . */
function podPhase(facts: PodFacts): string {
  const policy = restartPolicyOf(facts.pod);
  for (const [index, status] of facts.initContainers.entries()) {
    const spec = facts.pod.spec.initContainers?.[index];
    if (spec === undefined || isSidecar(spec)) continue;
    const terminated = status.state.terminated;
    if (terminated?.exitCode === 0) continue;
    const final = facts.deleted === true || policy === "Never";
    return terminated !== undefined && final ? "Failed" : "Pending";
  }
  const states = facts.containers.map(({ state, lastState }) => ({
    running: state.running !== undefined,
    // A container that waits to be restarted counts as one that ended.
    ended: state.terminated ?? (state.waiting === undefined ? undefined : lastState.terminated),
  }));
  if (states.some(({ running, ended }) => !running && ended === undefined)) return "Pending";
  const final = facts.deleted === true || policy === "Never";
  const sidecarRuns = facts.initContainers.some(({ state }) => state.running !== undefined);
  if (sidecarRuns || states.some(({ running }) => running) || (policy === "Always" && !final)) return "Running";
  if (states.every(({ ended }) => ended?.exitCode === 0)) return "Succeeded";
  return final ? "Failed" : "Running";
}

function incompleteInit(facts: Pick<PodFacts, "pod" | "initContainers">): string[] {
  return facts.initContainers
    .filter((status, index) => {
      const spec = facts.pod.spec.initContainers?.[index];
      return spec !== undefined && isSidecar(spec) ? !status.started : status.state.terminated?.exitCode !== 0;
    })
    .map(({ name }) => name);
}

const ownConditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/** What others have written, and that the node itself disrupts the Pod. */
function otherConditions(facts: PodFacts): PodCondition[] {
  const others = (facts.pod.status?.conditions ?? []).filter(
    ({ type }) => !ownConditions.includes(type) && !(facts.disrupted === true && type === "DisruptionTarget"),
  );
  if (facts.disrupted !== true) return others;
  const why = { reason: "TerminationByKubelet", message: facts.failure?.message ?? "" };
  return [...others, condition(facts, "DisruptionTarget", true, why)];
}

/** @param phase of a Pod that is made to fail: Failed, while its containers still run. */
function conditions(facts: PodFacts, phase: string, running: boolean): PodCondition[] {
  const done = phase === "Succeeded" || phase === "Failed";
  const incomplete = incompleteInit(facts);
  const sidecars = facts.initContainers.filter((_, index) => {
    const spec = facts.pod.spec.initContainers?.[index];
    return spec !== undefined && isSidecar(spec);
  });
  const unready = [...sidecars, ...facts.containers].filter(({ ready }) => !ready).map(({ name }) => name);
  const completed = { reason: phase === "Failed" ? "PodFailed" : "PodCompleted" };
  const notReady = done ? completed : notReadyBecause(unready);
  const ready = !done && unready.length === 0;
  const gate = facts.podIp !== undefined && (!done || running);
  const initialized =
    incomplete.length === 0
      ? phase === "Succeeded"
        ? completed
        : {}
      : { reason: "ContainersNotInitialized", message: `containers with incomplete status: [${incomplete.join(" ")}]` };
  return [
    condition(facts, "PodReadyToStartContainers", gate),
    condition(facts, "Initialized", incomplete.length === 0, initialized),
    condition(facts, "Ready", ready, ready ? {} : notReady),
    condition(facts, "ContainersReady", ready, ready ? {} : notReady),
    condition(facts, "PodScheduled", true),
  ];
}

function notReadyBecause(unready: readonly string[]): { reason: string; message: string } {
  return { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
}

function condition(
  { pod, now }: PodFacts,
  type: string,
  holds: boolean,
  why: { reason?: string; message?: string } = {},
): PodCondition {
  const status = holds ? "True" : "False";
  const before = pod.status?.conditions?.find((other) => other.type === type);
  return {
    type,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    status,
    lastProbeTime: null,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
    ...why,
  };
}
