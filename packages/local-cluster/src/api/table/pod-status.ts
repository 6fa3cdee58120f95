import { isJsonObject, type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";

/** What `kubectl get pods` says of a Pod. */
export interface PodStatusText {
  /** `1/2` */
  readonly ready: string;
  readonly text: string;
  readonly restartCount: number;
  /** When the last restarted container had ended. */
  readonly lastRestart: string | undefined;
}

/** Summarises a Pod: deletion, then init containers, then the containers' reasons, then the phase. */
export function podStatus(pod: KubeObject): PodStatusText {
  const status = objectAt(pod, "status");
  const statuses = listAt(status, "containerStatuses").filter(isJsonObject);
  const inits = listAt(status, "initContainerStatuses").filter(isJsonObject);
  const sidecars = new Set(
    listAt(pod["spec"], "initContainers")
      .filter((container) => textAt(container, "restartPolicy") === "Always")
      .map((container) => textAt(container, "name")),
  );
  const counted = [...statuses, ...inits.filter((entry) => sidecars.has(textAt(entry, "name")))];
  const total = listAt(pod["spec"], "containers").length + sidecars.size;
  const initText = initReason(pod, inits, sidecars);
  const text =
    initText ?? containerReason(statuses) ?? (textAt(status, "reason") || textAt(status, "phase") || "Unknown");
  return {
    ready: `${counted.filter((entry) => entry["ready"] === true).length}/${total}`,
    text: pod.metadata.deletionTimestamp === undefined ? text : "Terminating",
    restartCount: (initText === undefined ? counted : inits).reduce(
      (sum, entry) => sum + Number(entry["restartCount"] ?? 0),
      0,
    ),
    lastRestart: counted
      .map((entry) => textAt(objectAt(objectAt(entry, "lastState"), "terminated"), "finishedAt"))
      .filter(Boolean)
      .sort()
      .at(-1),
  };
}

function initReason(pod: KubeObject, inits: readonly JsonObject[], sidecars: ReadonlySet<string>): string | undefined {
  const total = listAt(pod["spec"], "initContainers").length;
  for (const [index, entry] of inits.entries()) {
    const state = objectAt(entry, "state");
    const terminated = objectAt(state, "terminated");
    if (state["terminated"] !== undefined && Number(terminated["exitCode"] ?? 0) === 0) continue;
    if (sidecars.has(textAt(entry, "name")) && entry["started"] === true) continue;
    if (state["terminated"] !== undefined) return `Init:${endReason(terminated)}`;
    const waiting = textAt(objectAt(state, "waiting"), "reason");
    if (waiting !== "" && waiting !== "PodInitializing") return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function containerReason(statuses: readonly JsonObject[]): string | undefined {
  let reason: string | undefined;
  let running = false;
  for (const entry of [...statuses].reverse()) {
    const state = objectAt(entry, "state");
    const waiting = textAt(objectAt(state, "waiting"), "reason");
    if (waiting !== "") reason = waiting;
    else if (state["terminated"] !== undefined) reason = endReason(objectAt(state, "terminated"));
    else if (entry["ready"] === true && state["running"] !== undefined) running = true;
  }
  return reason === "Completed" && running ? "Running" : reason;
}

function endReason(terminated: JsonObject): string {
  const reason = textAt(terminated, "reason");
  if (reason !== "") return reason;
  const signal = Number(terminated["signal"] ?? 0);
  return signal === 0 ? `ExitCode:${String(terminated["exitCode"])}` : `Signal:${signal}`;
}
