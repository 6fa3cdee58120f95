import { describe, expect, test } from "vitest";
import { parseTarget } from "../http/target.ts";
import type { ServiceModel } from "../model/model.ts";
import { createRestRouter } from "./rest-router.ts";

const operation = (method: string, uri: string): ServiceModel["operations"][string] => ({
  method,
  uri,
  status: 200,
  errors: [],
});

const model: ServiceModel = {
  service: { name: "s", title: "S", protocol: "restJson1", apiVersion: "1" },
  sources: {},
  shapes: {},
  operations: {
    Plain: operation("GET", "/a"),
    Found: operation("GET", "/a?find=X"),
    Literal: operation("GET", "/a/literal"),
    Label: operation("GET", "/a/{Name}"),
    Deep: operation("GET", "/a/{Name}/deep/{Other}"),
    LiteralDeep: operation("GET", "/a/literal/other"),
    Put: operation("PUT", "/a/{Name}"),
  },
};

describe("the router", () => {
  const route = createRestRouter(model);
  test.each([
    ["GET", "/a", "Plain", {}],
    ["GET", "/a/", "Plain", {}],
    ["GET", "/a?find=Y", "Plain", {}],
    ["GET", "/a?x=1&find=X", "Found", {}],
    ["GET", "/a/literal", "Literal", {}],
    ["GET", "/a/%6Citeral", "Label", { Name: "%6Citeral" }],
    ["GET", "/a/literal/deep/x", "Deep", { Name: "literal", Other: "x" }],
    ["GET", "/a/b%2Fc/deep/d:e", "Deep", { Name: "b%2Fc", Other: "d:e" }],
    ["PUT", "/a/literal", "Put", { Name: "literal" }],
  ])("takes %s %s for %s", (method, target, name, labels) => {
    expect(route(method, parseTarget(target))).toMatchObject({ operation: name, labels });
  });

  test.each([
    ["POST", "/a"],
    ["GET", "/"],
    ["GET", "/a//deep/x"],
    ["GET", "//a"],
    ["GET", "/a//"],
    ["GET", "/a/b/deep"],
    ["GET", "/a/b/deep/c/d"],
  ])("takes %s %s for nothing", (method, target) => {
    expect(route(method, parseTarget(target))).toBeUndefined();
  });

  test("refuses a model with a greedy label, which it does not support", () => {
    const greedy = { ...model, operations: { Get: operation("GET", "/{Key+}") } };
    expect(() => createRestRouter(greedy)).toThrow("Get has a greedy label");
  });
});
