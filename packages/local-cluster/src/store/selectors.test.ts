import { describe, expect, test } from "vitest";
import { parseFieldSelector } from "./field-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";

const labels = { app: "web", tier: "front", "k8s.io/part": "a.b" };

describe("a label selector", () => {
  test.each([
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app=web,tier=back", false],
    ["app!=api", true],
    ["absent!=x", true],
    ["tier in (back, front)", true],
    ["tier notin (front)", false],
    ["absent notin (x)", true],
    ["app", true],
    ["!app", false],
    ["!absent", true],
    ["k8s.io/part=a.b", true],
    ["", true],
  ])("%s selects: %s", (text, selected) => {
    expect(parseLabelSelector(text)(labels)).toBe(selected);
  });

  test.each(["a b", "in (x)", "a=b=c", "a in x", "!a=b"])("%s is refused", (text) => {
    expect(() => parseLabelSelector(text)).toThrow("unable to parse requirement");
  });
});

describe("a field selector", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a" },
    spec: { nodeName: "n" },
    status: { phase: "Running" },
  };

  test.each([
    ["metadata.name=a", true],
    ["spec.nodeName==n,status.phase!=Failed", true],
    ["status.phase=Failed", false],
    ["spec.hostNetwork=false", true],
  ])("%s selects: %s", (text, selected) => {
    expect(parseFieldSelector(text, ["spec.nodeName", "status.phase", "spec.hostNetwork"])(pod)).toBe(selected);
  });

  test("a path that the resource cannot be selected by is refused by name", () => {
    expect(() => parseFieldSelector("spec.foo=1", [])).toThrow("field label not supported: spec.foo");
  });
});
