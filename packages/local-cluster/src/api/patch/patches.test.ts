import { describe, expect, test } from "vitest";
import { TypeTable } from "../schema/kubernetes-types.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { serverSideApply } from "./server-side-apply.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const types = new TypeTable();
const podType = types.ofKind("v1", "Pod");

describe("a JSON patch", () => {
  test("adds, replaces, moves, copies and removes", () => {
    const patch = [
      { op: "test", path: "/a/0", value: 1 },
      { op: "add", path: "/a/-", value: 3 },
      { op: "add", path: "/a/0", value: 0 },
      { op: "replace", path: "/b", value: { "x/y": 1 } },
      { op: "copy", from: "/b/x~1y", path: "/c" },
      { op: "move", from: "/a", path: "/d" },
      { op: "remove", path: "/b" },
    ];
    expect(applyJsonPatch({ a: [1, 2], b: 1 }, patch)).toEqual({ c: 1, d: [0, 1, 2, 3] });
  });

  test.each([
    [{ op: "test", path: "/a", value: 2 }],
    [{ op: "remove", path: "/absent" }],
    [{ op: "add", path: "/l/9", value: 1 }],
    [{ op: "replace", path: "/absent", value: 1 }],
  ])("%j that does not apply is refused", (operation) => {
    expect(() => applyJsonPatch({ a: 1, l: [] }, [operation])).toThrow("the server rejected our request");
  });
});

test("a merge patch removes what is null and replaces lists", () => {
  expect(applyMergePatch({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: null, d: 3 }, l: [2] })).toEqual({
    a: { c: 2, d: 3 },
    l: [2],
  });
});

describe("a strategic merge patch", () => {
  const live = { spec: { containers: [{ name: "a", image: "x", env: [{ name: "E", value: "1" }] }, { name: "b" }] } };
  const patch = (spec: Record<string, unknown>): unknown =>
    applyStrategicMergePatch(types, podType, live, { spec })["spec"];

  test("merges list elements by the merge key of the type, in depth", () => {
    const env = [{ name: "F", value: "2" }];
    expect(patch({ containers: [{ name: "a", env }, { name: "c" }] })).toEqual({
      containers: [{ name: "a", image: "x", env: [{ name: "E", value: "1" }, ...env] }, { name: "b" }, { name: "c" }],
    });
  });

  test("deletes an element, replaces a list and orders one by directives", () => {
    expect(patch({ containers: [{ name: "a", $patch: "delete" }] })).toEqual({ containers: [{ name: "b" }] });
    expect(patch({ containers: [{ $patch: "replace" }, { name: "z" }] })).toEqual({ containers: [{ name: "z" }] });
    const order = { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "b" }] };
    expect((patch(order) as { containers: { name: string }[] }).containers.map(({ name }) => name)).toEqual(["b", "a"]);
  });

  test("keeps values of a primitive list unless a directive removes them", () => {
    const object = { metadata: { finalizers: ["x", "y"] } };
    const next = { metadata: { finalizers: ["z"], "$deleteFromPrimitiveList/finalizers": ["x"] } };
    expect(applyStrategicMergePatch(types, podType, object, next)).toEqual({ metadata: { finalizers: ["y", "z"] } });
  });

  test("refuses an element without its merge key", () => {
    expect(() => patch({ containers: [{ image: "x" }] })).toThrow("does not contain declared merge key: name");
  });
});

test("a second apply removes what the same manager has left out, and nothing of others", () => {
  const request = { manager: "m", apiVersion: "v1", time: "2026-01-01T00:00:00Z", force: false };
  const base = { metadata: { name: "p", labels: { other: "1" } } };
  const first = serverSideApply(types, podType, base, { metadata: { name: "p", labels: { a: "1", b: "1" } } }, request);
  const second = serverSideApply(types, podType, first, { metadata: { name: "p", labels: { a: "2" } } }, request);
  expect(second["metadata"]).toMatchObject({ labels: { other: "1", a: "2" } });
  expect(JSON.stringify(second)).not.toContain('"b"');
});
