import { isJsonObject, type KubeObject, listAt, objectAt, textAt } from "../store/kube-object.ts";
import { matchLabels } from "../store/label-selector.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** Where one port of a Service leads. */
export interface ServicePortTargets {
  readonly name: string;
  readonly port: number;
  readonly ready: readonly { readonly ip: string; readonly port: number; readonly pod: KubeObject }[];
  readonly notReady: readonly { readonly ip: string; readonly port: number; readonly pod: KubeObject }[];
}

/** The Pods that a Service selects now, per port. Undefined for a Service without selector: its endpoints are its user's own. */
export function serviceTargets(store: ObjectStore, service: KubeObject): ServicePortTargets[] | undefined {
  const spec = objectAt(service, "spec");
  const selector = objectAt(spec, "selector") as Record<string, string>;
  if (Object.keys(selector).length === 0) return undefined;
  const pods = store
    .peekList("pods", service.metadata.namespace ?? "", { labels: matchLabels(selector) })
    .filter(hasAddress);
  const publishAll = spec["publishNotReadyAddresses"] === true;
  return listAt(spec, "ports")
    .filter(isJsonObject)
    .map((port) => {
      const targets = pods.flatMap((pod) => {
        const number = targetPort(pod, port["targetPort"] ?? port["port"]);
        return number === undefined ? [] : [{ ip: textAt(pod["status"], "podIP"), port: number, pod }];
      });
      const serves = (pod: KubeObject): boolean => publishAll || isReady(pod);
      return {
        ...{ name: textAt(port, "name"), port: Number(port["port"]) },
        ...{ ready: targets.filter(({ pod }) => serves(pod)), notReady: targets.filter(({ pod }) => !serves(pod)) },
      };
    });
}

function hasAddress(pod: KubeObject): boolean {
  const ended = ["Succeeded", "Failed"].includes(textAt(pod["status"], "phase"));
  return textAt(pod["status"], "podIP") !== "" && !ended;
}

function isReady(pod: KubeObject): boolean {
  const ready = listAt(pod["status"], "conditions").find((condition) => textAt(condition, "type") === "Ready");
  return textAt(ready, "status") === "True" && pod.metadata.deletionTimestamp === undefined;
}

/** A number, or the name of a container's port. */
function targetPort(pod: KubeObject, target: unknown): number | undefined {
  if (typeof target === "number") return target;
  for (const container of listAt(pod["spec"], "containers")) {
    for (const port of listAt(container, "ports")) {
      if (isJsonObject(port) && port["name"] === target) return Number(port["containerPort"]);
    }
  }
  return undefined;
}
