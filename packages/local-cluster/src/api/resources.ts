import type { ResourceName } from "../store/status-error.ts";

/** A subresource such as `pods/log`. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Kind of what it answers or takes, when that is not the resource's own. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** One resource of the API: what discovery says of it and what the generic handlers need to know. */
export interface Resource extends ResourceName {
  readonly version: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Field selectors besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** The plural under which the store keeps it; reviews are kept nowhere and only created. */
  readonly storage: string | undefined;
}

const objectVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const status: Subresource = { name: "status", verbs: ["get", "patch", "update"] };
const eventFields = [
  ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
    (x) => `involvedObject.${x}`,
  ),
  ...["reason", "reportingComponent", "source", "type"],
];
const podFields = [
  ...["nodeName", "restartPolicy", "schedulerName", "serviceAccountName", "hostNetwork"].map((x) => `spec.${x}`),
  ...["phase", "podIP", "nominatedNodeName"].map((x) => `status.${x}`),
];

type Extra = Partial<Omit<Resource, "plural" | "kind" | "namespaced">>;

function resource(plural: string, kind: string, extra: Extra = {}): Resource {
  return {
    ...{ plural, kind, group: "", version: "v1", singular: kind.toLowerCase(), namespaced: true, storage: plural },
    ...{ shortNames: [], categories: [], subresources: [], selectableFields: [], ...extra },
  };
}

function clusterWide(plural: string, kind: string, extra: Extra = {}): Resource {
  return { ...resource(plural, kind, extra), namespaced: false };
}

function review(plural: string, kind: string, group: string): Resource {
  return { ...clusterWide(plural, kind, { group }), storage: undefined };
}

const podSubresources: readonly Subresource[] = [
  status,
  { name: "attach", verbs: ["create", "get"], kind: { group: "", version: "v1", kind: "PodAttachOptions" } },
  { name: "binding", verbs: ["create"], kind: { group: "", version: "v1", kind: "Binding" } },
  { name: "eviction", verbs: ["create"], kind: { group: "policy", version: "v1", kind: "Eviction" } },
  { name: "exec", verbs: ["create", "get"], kind: { group: "", version: "v1", kind: "PodExecOptions" } },
  { name: "log", verbs: ["get"] },
  { name: "portforward", verbs: ["create", "get"], kind: { group: "", version: "v1", kind: "PodPortForwardOptions" } },
];

const tokenRequest: Subresource = {
  name: "token",
  verbs: ["create"],
  kind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
};

const rbac = "rbac.authorization.k8s.io";

/** Every resource that this API serves. */
export const resources: readonly Resource[] = [
  resource("configmaps", "ConfigMap", { shortNames: ["cm"] }),
  resource("endpoints", "Endpoints", { shortNames: ["ep"] }),
  resource("events", "Event", { shortNames: ["ev"], selectableFields: eventFields }),
  resource("limitranges", "LimitRange", { shortNames: ["limits"] }),
  clusterWide("namespaces", "Namespace", {
    ...{ shortNames: ["ns"], selectableFields: ["status.phase"] },
    subresources: [{ name: "finalize", verbs: ["update"] }, status],
  }),
  clusterWide("nodes", "Node", {
    shortNames: ["no"],
    subresources: [status],
    selectableFields: ["spec.unschedulable"],
  }),
  resource("persistentvolumeclaims", "PersistentVolumeClaim", { shortNames: ["pvc"], subresources: [status] }),
  resource("pods", "Pod", {
    ...{ shortNames: ["po"], categories: ["all"], hasGeneration: true },
    ...{ subresources: podSubresources, selectableFields: podFields },
  }),
  resource("resourcequotas", "ResourceQuota", { shortNames: ["quota"], subresources: [status] }),
  resource("secrets", "Secret", { selectableFields: ["type"] }),
  resource("serviceaccounts", "ServiceAccount", { shortNames: ["sa"], subresources: [tokenRequest] }),
  resource("services", "Service", {
    ...{ shortNames: ["svc"], categories: ["all"], subresources: [status] },
    selectableFields: ["spec.clusterIP", "spec.type"],
  }),
  resource("leases", "Lease", { group: "coordination.k8s.io" }),
  resource("endpointslices", "EndpointSlice", { group: "discovery.k8s.io" }),
  resource("events", "Event", { group: "events.k8s.io", shortNames: ["ev"], selectableFields: eventFields }),
  resource("networkpolicies", "NetworkPolicy", {
    group: "networking.k8s.io",
    shortNames: ["netpol"],
    hasGeneration: true,
  }),
  resource("poddisruptionbudgets", "PodDisruptionBudget", {
    group: "policy",
    shortNames: ["pdb"],
    hasGeneration: true,
    subresources: [status],
  }),
  resource("roles", "Role", { group: rbac }),
  resource("rolebindings", "RoleBinding", { group: rbac }),
  clusterWide("clusterroles", "ClusterRole", { group: rbac }),
  clusterWide("clusterrolebindings", "ClusterRoleBinding", { group: rbac }),
  review("subjectaccessreviews", "SubjectAccessReview", "authorization.k8s.io"),
  {
    ...review("localsubjectaccessreviews", "LocalSubjectAccessReview", "authorization.k8s.io"),
    namespaced: true,
  },
  review("selfsubjectaccessreviews", "SelfSubjectAccessReview", "authorization.k8s.io"),
  review("selfsubjectrulesreviews", "SelfSubjectRulesReview", "authorization.k8s.io"),
  review("selfsubjectreviews", "SelfSubjectReview", "authentication.k8s.io"),
  review("tokenreviews", "TokenReview", "authentication.k8s.io"),
];

/** What the store has to keep: one collection per plural. */
export const storedResources: readonly Resource[] = resources.filter(
  (entry) => entry.storage !== undefined && entry.group !== "events.k8s.io",
);

/** "v1" or "group/version". */
export function groupVersionOf(entry: { readonly group: string; readonly version: string }): string {
  return entry.group === "" ? entry.version : `${entry.group}/${entry.version}`;
}

export function verbsOf(entry: Resource): readonly string[] {
  return entry.storage === undefined ? ["create"] : objectVerbs;
}

/** The resource that a path names. */
export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return resources.find((entry) => entry.group === group && entry.version === version && entry.plural === plural);
}

/** The resource of an object by its apiVersion and kind. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return resources.find((entry) => entry.kind === kind && groupVersionOf(entry) === apiVersion);
}
