import { isJsonObject, type KubeObject, listAt, objectAt, textAt } from "../store/kube-object.ts";
import { matchLabels } from "../store/label-selector.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** A Pod that a Service selects. */
export interface ServiceEndpoint {
  readonly pod: KubeObject;
  readonly ip: string;
  /** Whether new connections go there. */
  readonly ready: boolean;
  /** Whether it would answer: ready but for its own deletion. */
  readonly serving: boolean;
  readonly terminating: boolean;
  /** The Service's ports as this Pod has them; a named target that it does not have is absent. */
  readonly ports: readonly EndpointPort[];
}

export interface EndpointPort {
  /** "" for the only port of a Service. */
  readonly name: string;
  /** The Service's port. */
  readonly servicePort: number;
  /** The Pod's port. */
  readonly port: number;
}

/** The Pods that a Service selects now. Undefined for a Service without selector: its endpoints are its user's own. */
export function serviceEndpoints(store: ObjectStore, service: KubeObject): ServiceEndpoint[] | undefined {
  const spec = objectAt(service, "spec");
  const selector = objectAt(spec, "selector") as Record<string, string>;
  if (Object.keys(selector).length === 0) return undefined;
  const publishAll = spec["publishNotReadyAddresses"] === true;
  return store
    .peekList("pods", service.metadata.namespace ?? "", { labels: matchLabels(selector) })
    .filter(hasAddress)
    .map((pod) => {
      const serving = isReady(pod);
      const terminating = pod.metadata.deletionTimestamp !== undefined;
      const ready = publishAll || (serving && !terminating);
      return { pod, ip: textAt(pod["status"], "podIP"), ready, serving, terminating, ports: portsOf(spec, pod) };
    });
}

/** Where a new connection may go: ready Pods; without one, those that still answer while they end, as kube-proxy does it. */
export function reachable(endpoints: readonly ServiceEndpoint[], servicePort: number): { ip: string; port: number }[] {
  const having = (wanted: (endpoint: ServiceEndpoint) => boolean): { ip: string; port: number }[] =>
    endpoints.filter(wanted).flatMap(({ ip, ports }) => {
      const found = ports.find((port) => port.servicePort === servicePort);
      return found === undefined ? [] : [{ ip, port: found.port }];
    });
  const ready = having((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : having(({ serving, terminating }) => serving && terminating);
}

function portsOf(spec: unknown, pod: KubeObject): EndpointPort[] {
  return listAt(spec, "ports")
    .filter(isJsonObject)
    .flatMap((port) => {
      const number = targetPort(pod, port["targetPort"] ?? port["port"]);
      return number === undefined
        ? []
        : [{ name: textAt(port, "name"), servicePort: Number(port["port"]), port: number }];
    });
}

function hasAddress(pod: KubeObject): boolean {
  const ended = ["Succeeded", "Failed"].includes(textAt(pod["status"], "phase"));
  return textAt(pod["status"], "podIP") !== "" && !ended;
}

function isReady(pod: KubeObject): boolean {
  const ready = listAt(pod["status"], "conditions").find((condition) => textAt(condition, "type") === "Ready");
  return textAt(ready, "status") === "True";
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
