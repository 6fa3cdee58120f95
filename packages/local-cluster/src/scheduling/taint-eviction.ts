import type { Clock } from "@fc/core";
import { storedResources } from "../api/resources.ts";
import type { RecordEvent } from "../node/event-recorder.ts";
import { hasEnded, type Pod } from "../node/pod-types.ts";
import { requestDeletion } from "../store/deletion.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { type Node, tolerates } from "./node-types.ts";

export interface TaintEvictionOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly record: RecordEvent;
}

/** Deletes the Pods that do not tolerate a NoExecute taint of their node, when the time they tolerate it is over. */
export function startTaintEviction(options: TaintEvictionOptions): () => void {
  const { store, clock } = options;
  const timers = new Map<string, () => void>();
  const check = (pod: Pod): void => {
    const { uid = "", deletionTimestamp } = pod.metadata;
    timers.get(uid)?.();
    timers.delete(uid);
    if (deletionTimestamp !== undefined || hasEnded(pod)) return;
    const node = store.peek<Node>("nodes", "", pod.spec.nodeName ?? "");
    const toleratedMs = node === undefined ? undefined : toleratedFor(pod, node);
    if (toleratedMs === undefined) return;
    if (toleratedMs <= 0) evict(options, pod);
    else
      timers.set(
        uid,
        clock.after(toleratedMs, () => evict(options, pod)),
      );
  };
  const stops = [
    store.watch<Node>("nodes", ({ object: node, previous }) => {
      if (JSON.stringify(previous?.spec.taints) === JSON.stringify(node.spec.taints)) return;
      for (const pod of store.peekList<Pod>("pods")) if (pod.spec.nodeName === node.metadata.name) check(pod);
    }),
    store.watch<Pod>("pods", ({ type, object, previous }) => {
      if (type === "MODIFIED" && previous?.spec.nodeName !== object.spec.nodeName) check(object);
      if (type !== "DELETED") return;
      timers.get(object.metadata.uid ?? "")?.();
      timers.delete(object.metadata.uid ?? "");
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    for (const cancel of timers.values()) cancel();
  };
}

/** Milliseconds until the Pod has to go; undefined: never. The shortest of its tolerations counts. */
function toleratedFor(pod: Pod, node: Node): number | undefined {
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  const limits = taints.flatMap((taint) => {
    const toleration = tolerates(pod.spec.tolerations ?? [], taint);
    if (toleration === undefined) return [0];
    return toleration.tolerationSeconds === undefined ? [] : [toleration.tolerationSeconds * 1_000];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function evict({ store, clock, record }: TaintEvictionOptions, pod: Pod): void {
  const { name, namespace = "", uid } = pod.metadata;
  const current = store.peek<Pod>("pods", namespace, name);
  const pods = storedResources.find(({ plural }) => plural === "pods");
  if (current?.metadata.uid !== uid || pods === undefined) return;
  record(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${namespace}/${name}`);
  const lastTransitionTime = timestamp(clock.now());
  store.modify<Pod>("pods", namespace, name, ({ status }) => {
    const message = "Taint manager: deleting due to NoExecute taint";
    const reason = "DeletionByTaintManager";
    const target = { type: "DisruptionTarget", status: "True", reason, message } as const;
    if (status !== undefined)
      status.conditions = [...(status.conditions ?? []), { ...target, lastProbeTime: null, lastTransitionTime }];
  });
  requestDeletion(store, pods, { namespace, name }, {}, clock.now());
}
