import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "@fc/core";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { StatusError } from "../store/status-error.ts";
import type { Pod } from "./pod-types.ts";

export interface EventRecorderOptions {
  readonly store: ObjectStore;
  readonly clock?: Clock;
  readonly nodeName: string;
}

export type RecordPodEvent = (
  pod: Pod,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
  container?: { name: string; field: "containers" | "initContainers" },
) => void;

const limit = 1_000;

/**
 * Writes core/v1 Events about Pods. A repeated one only counts up. The newest 1,000 of the agent's are kept; how long they
 * live is the API server's business.
 */
export function createEventRecorder(options: EventRecorderOptions): RecordPodEvent {
  const { store, clock = systemClock, nodeName } = options;
  const known = new Map<string, { namespace: string; name: string }>();
  return (pod, type, reason, message, container) => {
    const component = reason === "Scheduled" || reason === "FailedScheduling" ? "default-scheduler" : "kubelet";
    const { namespace = "default", name, uid = "" } = pod.metadata;
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.${container.field}{${container.name}}` };
    const now = timestamp(clock.now());
    const key = [uid, type, reason, container?.name ?? "", message].join("\0");
    const before = known.get(key);
    const counted =
      before !== undefined &&
      store.modify("events", before.namespace, before.name, (event) => {
        event["count"] = Number(event["count"] ?? 1) + 1;
        event["lastTimestamp"] = now;
      }) !== undefined;
    if (counted) return;
    const eventName = `${name}.${randomBytes(8).toString("hex")}`;
    try {
      store.create("events", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: eventName, namespace },
        involvedObject: { kind: "Pod", namespace, name, uid, apiVersion: "v1", ...fieldPath },
        reason,
        message,
        type,
        source: component === "kubelet" ? { component, host: nodeName } : { component },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        eventTime: null,
        reportingComponent: component,
        reportingInstance: component === "kubelet" ? nodeName : "",
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
