import { describe, expect, test } from "vitest";
import { nodeSize } from "./node-types.ts";

describe("nodeSize", () => {
  test("gives the documented memory of a node type", () => {
    expect(nodeSize("cache.t3.micro")).toEqual({ memoryBytes: 536_870_912, vcpu: 2 });
    expect(nodeSize("cache.r6g.large").memoryBytes).toBe(14_037_181_030);
    expect(nodeSize("cache.m5.24xlarge").vcpu).toBe(96);
  });

  test("takes a new family by its class and refuses a size that nobody knows", () => {
    expect(nodeSize("cache.r9g.large")).toEqual(nodeSize("cache.r7g.large"));
    expect(() => nodeSize("cache.t3.gigantic")).toThrow(
      expect.objectContaining({ code: "FC_CACHE_NODE_TYPE_UNKNOWN" }),
    );
  });
});
