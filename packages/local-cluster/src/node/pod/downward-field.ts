import type { Container, Pod, ResourceFieldSelector } from "../pod-types.ts";
import { parseQuantity } from "./quantity.ts";

export interface PodAddresses {
  readonly podIp: string;
  readonly hostIp: string;
}

/** The value of a downward API `fieldRef`; undefined when the field is not supported. */
export function podField(pod: Pod, fieldPath: string, addresses: PodAddresses): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(fieldPath);
  if (keyed !== null) return pod.metadata[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
  const fields: Record<string, () => string> = {
    "metadata.name": () => pod.metadata.name,
    "metadata.namespace": () => pod.metadata.namespace ?? "",
    "metadata.uid": () => pod.metadata.uid ?? "",
    "metadata.labels": () => keyValueLines(pod.metadata.labels),
    "metadata.annotations": () => keyValueLines(pod.metadata.annotations),
    "spec.nodeName": () => pod.spec.nodeName ?? "",
    "spec.serviceAccountName": () => pod.spec.serviceAccountName ?? "default",
    "status.podIP": () => addresses.podIp,
    "status.podIPs": () => addresses.podIp,
    "status.hostIP": () => addresses.hostIp,
    "status.hostIPs": () => addresses.hostIp,
  };
  return Object.hasOwn(fields, fieldPath) ? fields[fieldPath]?.() : undefined;
}

export interface NodeCapacity {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the file system where Pods write. */
  readonly storageBytes: number;
}

/** The value of a downward API `resourceFieldRef`; a limit that is not set is the node's capacity, as in Kubernetes. */
export function resourceField(
  pod: Pod,
  self: Container | undefined,
  selector: ResourceFieldSelector,
  capacity: NodeCapacity,
): string | undefined {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container =
    selector.containerName === undefined ? self : containers.find(({ name }) => name === selector.containerName);
  const [kind, resource = ""] = selector.resource.split(".", 2);
  if (container === undefined || (kind !== "limits" && kind !== "requests")) return undefined;
  const fallback = resource === "cpu" ? capacity.cpus : resource === "memory" ? capacity.memoryBytes : 0;
  const set = parseQuantity(container.resources?.[kind]?.[resource]);
  const value = set ?? (kind === "limits" ? fallback : 0);
  const divisor = parseQuantity(selector.divisor) || 1;
  return String(Math.ceil(value / divisor));
}

/** Labels or annotations as the downward API writes them into a file: `key="value"` lines, sorted. */
function keyValueLines(values: Readonly<Record<string, string>> = {}): string {
  return Object.keys(values)
    .sort()
    .map((key) => `${key}=${JSON.stringify(values[key])}`)
    .join("\n");
}
