import { ManualClock } from "@fc/core";
import { beforeEach, describe, expect, test } from "vitest";
import { createObjectStore, type ObjectStore } from "../../store/object-store.ts";
import { storedResources } from "../resources.ts";
import { type AccessAttributes, isAllowed } from "./authorizer.ts";
import type { User } from "./user.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const user: User = { name: "system:serviceaccount:here:worker", groups: ["system:authenticated"] };
let store: ObjectStore;

function role(namespace: string, rule: object): void {
  const kind = namespace === "" ? "ClusterRole" : "Role";
  const metadata = { name: "r", ...(namespace === "" ? {} : { namespace }) };
  store.create(namespace === "" ? "clusterroles" : "roles", { apiVersion, kind, metadata, rules: [rule] });
}

function bind(namespace: string, kind: string, subject: object): void {
  const metadata = { name: "b", ...(namespace === "" ? {} : { namespace }) };
  const binding = { apiVersion, kind: "RoleBinding", metadata, roleRef: { kind, name: "r" }, subjects: [subject] };
  store.create(namespace === "" ? "clusterrolebindings" : "rolebindings", binding);
}

const may = (wanted: Partial<AccessAttributes> = {}): boolean =>
  isAllowed(store, user, { verb: "get", group: "", resource: "pods", namespace: "here", name: "p", ...wanted });
const worker = { kind: "ServiceAccount", name: "worker" };

beforeEach(() => {
  store = createObjectStore({ resources: storedResources, clock: new ManualClock(1_700_000_000_000) });
});

describe("a Role", () => {
  beforeEach(() => role("here", { verbs: ["get"], apiGroups: [""], resources: ["pods", "*/log"], resourceNames: [] }));

  test("is nothing until it is bound", () => expect(may()).toBe(false));

  test("allows its verb on its resource in its namespace, and nothing else", () => {
    bind("here", "Role", worker);
    expect(may()).toBe(true);
    expect(may({ resource: "services/log" })).toBe(true);
    for (const other of [
      { verb: "list" },
      { group: "apps" },
      { resource: "pods/exec" },
      { namespace: "there" },
      { namespace: "" },
    ])
      expect(may(other), JSON.stringify(other)).toBe(false);
  });

  test.each([
    ["the account of another namespace", { ...worker, namespace: "there" }, false],
    ["the account by its user name", { kind: "User", name: user.name }, true],
    ["a group", { kind: "Group", name: "system:authenticated" }, true],
    ["another group", { kind: "Group", name: "others" }, false],
  ])("can be bound to %s", (_what, subject, allowed) => {
    bind("here", "Role", subject);
    expect(may()).toBe(allowed);
  });
});

test("a ClusterRole counts where it is bound: in a namespace, or everywhere", () => {
  role("", { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: ["p"] });
  bind("here", "ClusterRole", worker);
  expect([may(), may({ name: "q" }), may({ namespace: "there" })]).toEqual([true, false, false]);
  bind("", "ClusterRole", { ...worker, namespace: "here" });
  expect([may({ namespace: "there" }), may({ namespace: "" })]).toEqual([true, true]);
});
