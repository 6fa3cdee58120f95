import { expect, test } from "vitest";
import { type Permission, requiredPermissions } from "./permissions.ts";
import { roleRules, roleYaml } from "./role-yaml.ts";

const permission = (resource: string, verbs: readonly string[], apiGroup = ""): Permission => ({
  apiGroup,
  resource,
  verbs,
  purpose: "test",
});

test("rows of one resource become one rule, and resources with equal verbs share one", () => {
  const rows = [
    permission("pods/exec", ["get"]),
    permission("pods/exec", ["create"]),
    permission("pods/portforward", ["get", "create"]),
    permission("leases", ["get"], "coordination.k8s.io"),
  ];
  expect(roleRules(rows)).toEqual([
    { apiGroups: [""], resources: ["pods/exec", "pods/portforward"], verbs: ["get", "create"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get"] },
  ]);
  expect(roleYaml(rows, "mine")).toContain('  - apiGroups: [""]\n    resources: [pods/exec, pods/portforward]\n');
});

test("the Role grants every verb of the table once, and nothing by a wildcard", () => {
  const granted = roleRules().flatMap(({ apiGroups, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${apiGroups.join()}/${resource}`)),
  );
  const asked = requiredPermissions.flatMap(({ apiGroup, resource, verbs }) =>
    verbs.map((verb) => `${verb} ${apiGroup}/${resource}`),
  );
  expect(granted.sort()).toEqual(asked.sort());
  expect(new Set(granted).size).toBe(granted.length);
  expect(roleYaml()).not.toContain("*");
});
