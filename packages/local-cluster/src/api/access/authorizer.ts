import { isJsonObject, type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import type { User } from "./user.ts";

/** What somebody wants to do. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: "pods", "pods/log". */
  readonly resource: string;
  /** "" for what has none, and for all of them. */
  readonly namespace: string;
  /** "" when no single object is meant. */
  readonly name: string;
}

/** RBAC: whether a role that is bound to the user allows it. The group system:masters may do everything. */
export function isAllowed(store: ObjectStore, user: User, wanted: AccessAttributes): boolean {
  if (user.groups.includes("system:masters")) return true;
  return rulesOf(store, user, wanted.namespace).some((rule) => covers(rule, wanted));
}

/** The rules of all roles that are bound to the user for a namespace; with "" those of the whole cluster. */
export function rulesOf(store: ObjectStore, user: User, namespace: string): readonly JsonObject[] {
  if (user.groups.includes("system:masters"))
    return [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ];
  const local = namespace === "" ? [] : store.peekList("rolebindings", namespace);
  return [...store.peekList("clusterrolebindings"), ...local]
    .filter((binding) => listAt(binding, "subjects").some((subject) => isSubject(subject, user, binding)))
    .flatMap((binding) => listAt(roleOf(store, binding), "rules").filter(isJsonObject));
}

function roleOf(store: ObjectStore, binding: KubeObject): KubeObject | undefined {
  const reference = objectAt(binding, "roleRef");
  const name = textAt(reference, "name");
  if (textAt(reference, "kind") === "ClusterRole") return store.peek("clusterroles", "", name);
  return store.peek("roles", binding.metadata.namespace ?? "", name);
}

function isSubject(subject: unknown, user: User, binding: KubeObject): boolean {
  const name = textAt(subject, "name");
  switch (textAt(subject, "kind")) {
    case "User":
      return name === user.name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount": {
      const namespace = textAt(subject, "namespace") || (binding.metadata.namespace ?? "");
      return user.name === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

function covers(rule: JsonObject, { verb, group, resource, name }: AccessAttributes): boolean {
  const has = (key: string, value: string): boolean => {
    const listed = listAt(rule, key);
    return listed.includes("*") || listed.includes(value);
  };
  const [, subresource] = resource.split("/");
  const names = listAt(rule, "resourceNames");
  return (
    has("verbs", verb) &&
    has("apiGroups", group) &&
    (has("resources", resource) || (subresource !== undefined && has("resources", `*/${subresource}`))) &&
    (names.length === 0 || names.includes(name))
  );
}
