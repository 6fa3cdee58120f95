import type { JsonObject, KubeObject } from "../../store/kube-object.ts";
import type { Resource } from "../resources.ts";

// Events are stored as core/v1; events.k8s.io/v1 is the same object with other names.
const names: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** A stored object as the API version of the path shows it. */
export function present(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group !== "events.k8s.io") return object;
  return renamed(object, "events.k8s.io/v1", new Map(names));
}

/** What a client sent, as it is stored. */
export function storedForm(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group !== "events.k8s.io") return object;
  return renamed(object, "v1", new Map(names.map(([core, events]) => [events, core])));
}

function renamed(object: KubeObject, apiVersion: string, map: ReadonlyMap<string, string>): KubeObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(object)) result[map.get(key) ?? key] = value;
  return { ...result, kind: object.kind, apiVersion, metadata: object.metadata };
}
