import { expect, test } from "vitest";
import type { CacheContext } from "./cache-context.ts";
import { healthOf } from "./cache-health.ts";

const contextWith = (over: object): CacheContext =>
  ({
    client: { listServices: async () => [] },
    installation: "i",
    nodes: new Map([
      ["a", { replacing: false }],
      ["b", { replacing: true }],
    ]),
    persistence: undefined,
    ...over,
  }) as never;

test("health says how many nodes there are, and whether their data outlives their Pods", async () => {
  expect(await healthOf(contextWith({}))).toEqual({
    ready: true,
    detail: "2 cache nodes, 1 being replaced; data goes with its Pod",
  });
  const { detail } = await healthOf(contextWith({ persistence: { chown: false } }));
  expect(detail).toBe("2 cache nodes, 1 being replaced; data is on volumes");
});

test("a cluster that does not answer is not ready, in its own words", async () => {
  const client = { listServices: () => Promise.reject(new Error("connect ECONNREFUSED")) };
  expect(await healthOf(contextWith({ client }))).toEqual({
    ready: false,
    detail: "Kubernetes does not answer: connect ECONNREFUSED",
  });
});
