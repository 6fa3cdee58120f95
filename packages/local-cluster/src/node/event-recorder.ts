import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "@fc/core";
import { type KubeObject, objectAt } from "../store/kube-object.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { StatusError } from "../store/status-error.ts";
import type { Pod } from "./pod-types.ts";

export interface EventRecorderOptions {
  readonly store: ObjectStore;
  readonly clock?: Clock;
  /** Who reports: `kubelet`, `default-scheduler`. */
  readonly component: string;
  /** The node, for a kubelet. */
  readonly host?: string;
}

export type RecordEvent = (
  pod: Pod,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
  container?: { name: string; field: "containers" | "initContainers" },
) => void;

const limit = 1_000;

/**
 * Writes core/v1 Events about Pods. A repeated one only counts up. The newest 1,000 of a recorder's are kept; how long they
 * live is the API server's business.
 */
export function createEventRecorder(options: EventRecorderOptions): RecordEvent {
  const { store, clock = systemClock } = options;
  const known = new Map<string, { namespace: string; name: string }>();
  return (pod, type, reason, message, container) => {
    const { namespace = "default", name, uid = "" } = pod.metadata;
    const key = [uid, type, reason, container?.name ?? "", message].join("\0");
    const before = known.get(key);
    const counted =
      before !== undefined &&
      store.modify("events", before.namespace, before.name, (event) => {
        countUp(event, clock.now());
      }) !== undefined;
    if (counted) return;
    const eventName = `${name}.${randomBytes(8).toString("hex")}`;
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.${container.field}{${container.name}}` };
    const { resourceVersion = "" } = pod.metadata;
    try {
      store.create("events", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: eventName, namespace },
        involvedObject: { kind: "Pod", namespace, name, uid, apiVersion: "v1", resourceVersion, ...fieldPath },
        ...{ reason, message, type },
        ...reported(options, reason, clock.now()),
      });
    } catch (error) {
      // The namespace may be going: an event is never worth failing for.
      if (!StatusError.isInstance(error)) throw error;
      return;
    }
    known.set(key, { namespace, name: eventName });
    const [oldest] = known;
    if (known.size > limit && oldest !== undefined) {
      known.delete(oldest[0]);
      store.remove("events", oldest[1].namespace, oldest[1].name);
    }
  };
}

function countUp(event: KubeObject, nowMs: number): void {
  if (typeof event["count"] === "number") {
    event["count"] += 1;
    event["lastTimestamp"] = timestamp(nowMs);
    return;
  }
  const seen = objectAt(event, "series")["count"];
  event["series"] = { count: (typeof seen === "number" ? seen : 1) + 1, lastObservedTime: microTime(nowMs) };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** The scheduler writes events.k8s.io Events, everyone else core ones: the times and sources are in other fields. */
function reported({ component, host = "" }: EventRecorderOptions, reason: string, nowMs: number): object {
  const reporter = { reportingComponent: component, reportingInstance: host };
  if (component !== "default-scheduler") {
    const now = timestamp(nowMs);
    const source = { component, ...(host === "" ? {} : { host }) };
    return { source, firstTimestamp: now, lastTimestamp: now, count: 1, eventTime: null, ...reporter };
  }
  const eventTime = microTime(nowMs);
  const action = reason === "Scheduled" ? "Binding" : "Scheduling";
  const instance = { reportingInstance: `${component}-fc` };
  return { action, source: {}, firstTimestamp: null, lastTimestamp: null, eventTime, ...reporter, ...instance };
}
