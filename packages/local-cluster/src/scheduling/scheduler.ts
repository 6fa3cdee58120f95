import type { Clock } from "@fc/core";
import type { RecordEvent } from "../node/event-recorder.ts";
import { hasEnded, type Pod, type PodCondition } from "../node/pod-types.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { type Misfit, misfit, unschedulableMessage } from "./node-fit.ts";
import type { Node } from "./node-types.ts";
import { podRequests, type Requests } from "./pod-requests.ts";

export interface SchedulerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly record: RecordEvent;
}

/** Gives every Pod that has none a node, now or as soon as one fits. Returns what stops it. */
export function startScheduler(options: SchedulerOptions): () => void {
  const scheduler = new Scheduler(options);
  const { store } = options;
  for (const pod of store.peekList<Pod>("pods")) scheduler.podChanged(pod);
  const stops = [
    store.watch<Pod>("pods", ({ type, object }) =>
      type === "DELETED" ? scheduler.podGone(object) : scheduler.podChanged(object),
    ),
    store.watch<Node>("nodes", ({ previous, object }) => {
      // Heartbeats change nothing.
      if (
        previous === undefined ||
        previous.spec !== object.spec ||
        previous.metadata.labels !== object.metadata.labels
      )
        scheduler.retry();
    }),
    store.watch("persistentvolumeclaims", () => scheduler.retry()),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

class Scheduler {
  readonly #options: SchedulerOptions;
  /** What the Pods of each node ask for, by node and uid. */
  readonly #bound = new Map<string, Map<string, Requests>>();
  /** Pods that no node has taken, by uid, in the order they came. */
  readonly #waiting = new Map<string, { readonly namespace: string; readonly name: string }>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  podChanged(pod: Pod): void {
    const { uid = "", name, namespace = "" } = pod.metadata;
    const { nodeName = "", schedulerName = "default-scheduler" } = pod.spec;
    if (hasEnded(pod)) {
      this.podGone(pod);
      return;
    }
    if (nodeName !== "") {
      this.#waiting.delete(uid);
      const pods = this.#bound.get(nodeName) ?? new Map<string, Requests>();
      this.#bound.set(nodeName, pods);
      if (!pods.has(uid)) pods.set(uid, { pods: 1, ...podRequests(pod) });
      return;
    }
    if (schedulerName !== "default-scheduler") return;
    const isNew = !this.#waiting.has(uid);
    this.#waiting.set(uid, { namespace, name });
    if (isNew || pod.spec.schedulingGates === undefined) this.#schedule(pod);
  }

  podGone(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    this.#waiting.delete(uid);
    if (this.#bound.get(pod.spec.nodeName ?? "")?.delete(uid) === true) this.retry();
  }

  /** Something has changed that may make room. */
  retry(): void {
    for (const [uid, { namespace, name }] of [...this.#waiting]) {
      const pod = this.#options.store.peek<Pod>("pods", namespace, name);
      if (pod?.metadata.uid === uid) this.#schedule(pod);
      else this.#waiting.delete(uid);
    }
  }

  #schedule(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length > 0) {
      const message = "Scheduling is blocked due to non-empty scheduling gates";
      this.#write(pod, { status: "False", reason: "SchedulingGated", message });
      return;
    }
    const nodes = this.#options.store.peekList<Node>("nodes");
    const claim = this.#missingClaim(pod);
    if (claim !== undefined) {
      const why = `persistentvolumeclaim "${claim}" not found`;
      this.#wait(pod, `0/${nodes.length} nodes are available: ${why}. not found`);
      return;
    }
    const misfits: Misfit[] = [];
    const fitting: Node[] = [];
    for (const node of nodes) {
      const why = misfit(pod, node, this.#used(node.metadata.name));
      if (why === undefined) fitting.push(node);
      else misfits.push(why);
    }
    const [best] = fitting.sort((a, b) => this.#count(a) - this.#count(b));
    if (best === undefined) this.#wait(pod, unschedulableMessage(misfits));
    else this.#bind(pod, best.metadata.name);
  }

  #bind(pod: Pod, node: string): void {
    const { name, namespace = "" } = pod.metadata;
    this.#write(pod, { status: "True" }, node);
    this.#options.record(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  #wait(pod: Pod, message: string): void {
    const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (before?.message === message) return;
    this.#write(pod, { status: "False", reason: "Unschedulable", message });
    this.#options.record(pod, "Warning", "FailedScheduling", message);
  }

  #write(pod: Pod, result: Pick<PodCondition, "status" | "reason" | "message">, nodeName?: string): void {
    const { store, clock } = this.#options;
    const { name, namespace = "", uid } = pod.metadata;
    store.modify<Pod>("pods", namespace, name, (draft) => {
      if (draft.metadata.uid !== uid) return;
      if (nodeName !== undefined) draft.spec.nodeName = nodeName;
      const { conditions = [] } = draft.status ?? {};
      const before = conditions.find(({ type }) => type === "PodScheduled");
      const now = timestamp(clock.now());
      const condition: PodCondition = {
        type: "PodScheduled",
        observedGeneration: draft.metadata.generation ?? 1,
        lastProbeTime: null,
        lastTransitionTime: before?.status === result.status ? before.lastTransitionTime : now,
        ...result,
      };
      const others = conditions.filter(({ type }) => type !== "PodScheduled");
      draft.status = { phase: "Pending", ...draft.status, conditions: [...others, condition] };
    });
  }

  #missingClaim(pod: Pod): string | undefined {
    const claims = (pod.spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
    const namespace = pod.metadata.namespace ?? "";
    return claims.find((claim) => this.#options.store.peek("persistentvolumeclaims", namespace, claim) === undefined);
  }

  #used(node: string): Requests {
    const sum: Record<string, number> = {};
    for (const requests of this.#bound.get(node)?.values() ?? []) {
      for (const [name, amount] of Object.entries(requests)) sum[name] = (sum[name] ?? 0) + amount;
    }
    return sum;
  }

  #count(node: Node): number {
    return this.#bound.get(node.metadata.name)?.size ?? 0;
  }
}
