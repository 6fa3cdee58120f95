import { resources } from "../api/resources.ts";
import type { JsonObject } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";

const reading = ["get", "list", "watch"];
const writing = ["create", "delete", "deletecollection", "patch", "update"];

/**
 * Makes the roles that every cluster has for its users, as far as this one has their resources: `cluster-admin`, `admin`,
 * `edit`, `view` (kubernetes.io/docs/reference/access-authn-authz/rbac, "User-facing roles").
 */
export function createDefaultRoles(store: ObjectStore): void {
  const objects = resources.filter(({ namespaced, storage }) => namespaced && storage !== undefined);
  const isAccess = (group: string): boolean => group === "rbac.authorization.k8s.io";
  const rules = (verbs: readonly string[], allowed: (plural: string, group: string) => boolean): JsonObject[] =>
    [...new Set(objects.map(({ group }) => group))].flatMap((group) => {
      const names = objects.filter((entry) => entry.group === group && allowed(entry.plural, group));
      const all = names.flatMap(({ plural, subresources }) => [
        plural,
        ...subresources.map(({ name }) => `${plural}/${name}`),
      ]);
      return all.length === 0 ? [] : [{ verbs: [...verbs], apiGroups: [group], resources: all }];
    });
  const limits = ["resourcequotas", "limitranges"];
  const view = rules(reading, (plural, group) => plural !== "secrets" && !isAccess(group)).map((rule) => ({
    ...rule,
    resources: (rule["resources"] as string[]).filter(
      (name) => !/^pods\/(exec|attach|portforward|binding|eviction)$|\/token$/.test(name),
    ),
  }));
  const edit = [
    ...rules([...reading, ...writing], (plural, group) => !limits.includes(plural) && !isAccess(group)),
    ...rules(reading, (plural) => limits.includes(plural)),
  ];
  const admin = [...edit, ...rules([...reading, ...writing], (_plural, group) => isAccess(group))];
  const everything = [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ];
  const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
  for (const [name, list] of Object.entries({ "cluster-admin": everything, admin, edit, view })) {
    store.create("clusterroles", {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name, labels }, rules: list },
    });
  }
  const subjects = [{ kind: "Group", name: "system:masters", apiGroup: "rbac.authorization.k8s.io" }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
  store.create("clusterrolebindings", {
    ...{
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "cluster-admin", labels },
    },
    ...{ roleRef, subjects },
  });
}
