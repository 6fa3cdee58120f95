import { type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import type { Resource } from "../resources.ts";
import { ageSince } from "./duration.ts";
import { podStatus } from "./pod-status.ts";

interface Column {
  readonly name: string;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  readonly type?: "integer";
  readonly cell: (object: KubeObject, nowMs: number) => unknown;
}

const nameColumn: Column = { name: "Name", cell: (object) => object.metadata.name };
const ageColumn: Column = { name: "Age", cell: (object, nowMs) => ageSince(object.metadata.creationTimestamp, nowMs) };
const createdColumn: Column = { name: "Created At", cell: (object) => object.metadata.creationTimestamp };
const none = "<none>";
const wide = true as const;

const podColumns: readonly Column[] = [
  nameColumn,
  { name: "Ready", cell: (pod) => podStatus(pod).ready },
  { name: "Status", cell: (pod) => podStatus(pod).text },
  { name: "Restarts", cell: (pod, nowMs) => restarts(pod, nowMs) },
  ageColumn,
  { name: "IP", wide, cell: (pod) => textAt(pod["status"], "podIP") || none },
  { name: "Node", wide, cell: (pod) => textAt(pod["spec"], "nodeName") || none },
  { name: "Nominated Node", wide, cell: (pod) => textAt(pod["status"], "nominatedNodeName") || none },
  { name: "Readiness Gates", wide, cell: () => none },
];

const serviceColumns: readonly Column[] = [
  nameColumn,
  { name: "Type", cell: (service) => textAt(service["spec"], "type") },
  { name: "Cluster-IP", cell: (service) => textAt(service["spec"], "clusterIP") || none },
  { name: "External-IP", cell: (service) => textAt(service["spec"], "externalName") || none },
  { name: "Port(s)", cell: (service) => servicePorts(service) },
  ageColumn,
  { name: "Selector", wide, cell: (service) => labelsText(objectAt(service["spec"], "selector")) },
];

const eventColumns: readonly Column[] = [
  {
    name: "Last Seen",
    cell: (event, nowMs) => ageSince(textAt(event, "lastTimestamp") || event.metadata.creationTimestamp, nowMs),
  },
  { name: "Type", cell: (event) => textAt(event, "type") },
  { name: "Reason", cell: (event) => textAt(event, "reason") },
  { name: "Object", cell: (event) => eventObject(event) },
  { name: "Subobject", wide, cell: (event) => textAt(event["involvedObject"], "fieldPath") },
  {
    name: "Source",
    wide,
    cell: (event) => textAt(event["source"], "component") || textAt(event, "reportingComponent"),
  },
  { name: "Message", cell: (event) => (textAt(event, "message") || textAt(event, "note")).trim() },
  { name: "First Seen", wide, cell: (event, nowMs) => ageSince(textAt(event, "firstTimestamp"), nowMs) },
  { name: "Count", wide, type: "integer", cell: (event) => event["count"] ?? 1 },
  { ...nameColumn, wide },
];

const nodeColumns: readonly Column[] = [
  nameColumn,
  { name: "Status", cell: (node) => nodeStatus(node) },
  { name: "Roles", cell: (node) => nodeRoles(node) },
  ageColumn,
  { name: "Version", cell: (node) => textAt(objectAt(node["status"], "nodeInfo"), "kubeletVersion") },
  { name: "Internal-IP", wide, cell: (node) => nodeAddress(node) },
  { name: "External-IP", wide, cell: () => none },
  { name: "OS-Image", wide, cell: (node) => textAt(objectAt(node["status"], "nodeInfo"), "osImage") },
  { name: "Kernel-Version", wide, cell: (node) => textAt(objectAt(node["status"], "nodeInfo"), "kernelVersion") },
  {
    name: "Container-Runtime",
    wide,
    cell: (node) => textAt(objectAt(node["status"], "nodeInfo"), "containerRuntimeVersion"),
  },
];

const bindingColumns: readonly Column[] = [
  nameColumn,
  {
    name: "Role",
    cell: (binding) => `${textAt(binding["roleRef"], "kind")}/${textAt(binding["roleRef"], "name")}`,
  },
  ageColumn,
  { name: "Users", wide, cell: (binding) => subjectsText(binding, "User") },
  { name: "Groups", wide, cell: (binding) => subjectsText(binding, "Group") },
  { name: "ServiceAccounts", wide, cell: (binding) => subjectsText(binding, "ServiceAccount") },
];

const columnsByKind: Readonly<Record<string, readonly Column[]>> = {
  Pod: podColumns,
  Service: serviceColumns,
  Event: eventColumns,
  Node: nodeColumns,
  Namespace: [nameColumn, { name: "Status", cell: (object) => textAt(object["status"], "phase") }, ageColumn],
  ConfigMap: [nameColumn, { name: "Data", type: "integer", cell: (object) => dataCount(object) }, ageColumn],
  Secret: [
    nameColumn,
    { name: "Type", cell: (object) => textAt(object, "type") },
    { name: "Data", type: "integer", cell: (object) => dataCount(object) },
    ageColumn,
  ],
  ServiceAccount: [
    nameColumn,
    { name: "Secrets", type: "integer", cell: (object) => listAt(object, "secrets").length },
    ageColumn,
  ],
  Lease: [nameColumn, { name: "Holder", cell: (object) => textAt(object["spec"], "holderIdentity") }, ageColumn],
  Endpoints: [nameColumn, { name: "Endpoints", cell: (object) => endpointsText(object) }, ageColumn],
  EndpointSlice: [
    nameColumn,
    { name: "AddressType", cell: (object) => textAt(object, "addressType") },
    { name: "Ports", cell: (object) => joined(listAt(object, "ports").map((port) => objectNumber(port, "port"))) },
    {
      name: "Endpoints",
      cell: (object) => joined(listAt(object, "endpoints").flatMap((item) => listAt(item, "addresses"))),
    },
    ageColumn,
  ],
  PersistentVolumeClaim: [
    nameColumn,
    { name: "Status", cell: (object) => textAt(object["status"], "phase") },
    { name: "Volume", cell: (object) => textAt(object["spec"], "volumeName") },
    { name: "Capacity", cell: (object) => textAt(objectAt(object["status"], "capacity"), "storage") },
    { name: "Access Modes", cell: (object) => accessModes(object) },
    { name: "StorageClass", cell: (object) => textAt(object["spec"], "storageClassName") },
    { name: "VolumeAttributesClass", cell: () => "<unset>" },
    ageColumn,
    { name: "VolumeMode", wide, cell: (object) => textAt(object["spec"], "volumeMode") },
  ],
  ResourceQuota: [
    nameColumn,
    { name: "Request", cell: (quota) => quotaText(quota, (name) => !name.startsWith("limits.")) },
    { name: "Limit", cell: (quota) => quotaText(quota, (name) => name.startsWith("limits.")) },
    ageColumn,
  ],
  LimitRange: [nameColumn, createdColumn],
  Role: [nameColumn, createdColumn],
  ClusterRole: [nameColumn, createdColumn],
  RoleBinding: bindingColumns,
  ClusterRoleBinding: bindingColumns,
  PodDisruptionBudget: [
    nameColumn,
    { name: "Min Available", cell: (budget) => objectAt(budget, "spec")["minAvailable"] ?? "N/A" },
    { name: "Max Unavailable", cell: (budget) => objectAt(budget, "spec")["maxUnavailable"] ?? "N/A" },
    {
      name: "Allowed Disruptions",
      type: "integer",
      cell: (budget) => objectAt(budget, "status")["disruptionsAllowed"] ?? 0,
    },
    ageColumn,
  ],
  NetworkPolicy: [
    nameColumn,
    {
      name: "Pod-Selector",
      cell: (object) => labelsText(objectAt(objectAt(object["spec"], "podSelector"), "matchLabels")),
    },
    ageColumn,
  ],
};

function columnsOf(resource: Resource): readonly Column[] {
  return columnsByKind[resource.kind] ?? [nameColumn, ageColumn];
}

/** `columnDefinitions` of a Table. */
export function columnDefinitions(resource: Resource): unknown[] {
  return columnsOf(resource).map((column) => ({
    ...{ name: column.name, type: column.type ?? "string", format: column.name === "Name" ? "name" : "" },
    ...{ description: "", priority: column.wide === true ? 1 : 0 },
  }));
}

/** The cells of one row. */
export function rowOf(resource: Resource, object: KubeObject, nowMs: number): unknown[] {
  return columnsOf(resource).map((column) => column.cell(object, nowMs));
}

function restarts(pod: KubeObject, nowMs: number): string {
  const { restartCount, lastRestart } = podStatus(pod);
  return lastRestart === undefined ? String(restartCount) : `${restartCount} (${ageSince(lastRestart, nowMs)} ago)`;
}

function servicePorts(service: KubeObject): string {
  const ports = listAt(service["spec"], "ports").map(
    (port) => `${objectNumber(port, "port")}/${textAt(port, "protocol")}`,
  );
  return joined(ports);
}

// "ReadWriteOnce" is shown as "RWO".
function accessModes(claim: KubeObject): string {
  return listAt(claim["spec"], "accessModes")
    .map((mode) => String(mode).replace(/[a-z]+/g, ""))
    .join(",");
}

function quotaText(quota: KubeObject, shown: (name: string) => boolean): string {
  const used = objectAt(quota["status"], "used");
  return Object.entries(objectAt(quota["status"], "hard"))
    .filter(([name]) => shown(name))
    .map(([name, hard]) => `${name}: ${String(used[name] ?? 0)}/${String(hard)}`)
    .sort()
    .join(", ");
}

function eventObject(event: KubeObject): string {
  const key = event["involvedObject"] === undefined ? "regarding" : "involvedObject";
  return `${textAt(event[key], "kind").toLowerCase()}/${textAt(event[key], "name")}`;
}

function conditionOf(object: KubeObject, type: string): string {
  const found = listAt(object["status"], "conditions").find((condition) => textAt(condition, "type") === type);
  return textAt(found, "status");
}

function subjectsText(binding: KubeObject, kind: string): string {
  return listAt(binding, "subjects")
    .filter((subject) => textAt(subject, "kind") === kind)
    .map((subject) => [textAt(subject, "namespace"), textAt(subject, "name")].filter((part) => part !== "").join("/"))
    .join(", ");
}

function nodeStatus(node: KubeObject): string {
  const ready = conditionOf(node, "Ready") === "True" ? "Ready" : "NotReady";
  return objectAt(node, "spec")["unschedulable"] === true ? `${ready},SchedulingDisabled` : ready;
}

function nodeRoles(node: KubeObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return joined(roles.map((label) => label.slice(prefix.length)).sort());
}

function nodeAddress(node: KubeObject): string {
  const found = listAt(node["status"], "addresses").find((address) => textAt(address, "type") === "InternalIP");
  return textAt(found, "address") || none;
}

function dataCount(object: KubeObject): number {
  return Object.keys({ ...objectAt(object, "data"), ...objectAt(object, "binaryData") }).length;
}

function endpointsText(object: KubeObject): string {
  const pairs = listAt(object, "subsets").flatMap((subset) =>
    listAt(subset, "addresses").flatMap((address) =>
      listAt(subset, "ports").map((port) => `${textAt(address, "ip")}:${objectNumber(port, "port")}`),
    ),
  );
  return joined(pairs);
}

function labelsText(labels: Record<string, unknown>): string {
  return joined(Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`));
}

function objectNumber(parent: unknown, key: string): string {
  const value = typeof parent === "object" && parent !== null ? Reflect.get(parent, key) : undefined;
  return value === undefined ? "" : String(value);
}

function joined(items: readonly unknown[]): string {
  return items.length === 0 ? none : items.join(",");
}
