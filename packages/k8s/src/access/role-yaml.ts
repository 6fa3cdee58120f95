import { type Permission, requiredPermissions } from "./permissions.ts";

/** A rule of a Role. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules that grant these permissions: one per set of verbs, in the order of the table. */
export function roleRules(permissions: readonly Permission[] = requiredPermissions): RoleRule[] {
  const byResource = new Map<string, { apiGroup: string; resource: string; verbs: string[] }>();
  for (const { apiGroup, resource, verbs } of permissions) {
    const key = `${apiGroup}/${resource}`;
    const known = byResource.get(key) ?? { apiGroup, resource, verbs: [] };
    known.verbs.push(...verbs);
    byResource.set(key, known);
  }
  const byVerbs = new Map<string, { apiGroups: string[]; resources: string[]; verbs: string[] }>();
  for (const { apiGroup, resource, verbs } of byResource.values()) {
    const key = `${apiGroup}:${verbs.join()}`;
    const known = byVerbs.get(key) ?? { apiGroups: [apiGroup], resources: [], verbs };
    known.resources.push(resource);
    byVerbs.set(key, known);
  }
  return [...byVerbs.values()];
}

/** The Role as a manifest for `kubectl apply`. */
export function roleYaml(permissions: readonly Permission[] = requiredPermissions, name = "fakecloud"): string {
  const rules = roleRules(permissions).map(
    ({ apiGroups, resources, verbs }) =>
      `  - apiGroups: [${apiGroups.map((group) => group || '""').join(", ")}]\n    resources: [${resources.join(", ")}]\n    verbs: [${verbs.join(", ")}]`,
  );
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
rules:
${rules.join("\n")}
`;
}
