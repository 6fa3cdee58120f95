import { expect, test } from "vitest";
import { codeOf, harness } from "../../test/harness.ts";

const hour = 3_600_000;

test("DescribeEvents gives the last hour, oldest first, and more on request", async () => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a" });
  await h.settle();
  await h.clock.advance(2 * hour);
  h.call("CreateCacheCluster", { CacheClusterId: "b" });
  await h.settle();
  const sources = (input: object): (string | undefined)[] =>
    h.call("DescribeEvents", input).Events?.map((event) => event.SourceIdentifier) ?? [];
  expect(sources({})).toEqual(["b", "b"]);
  expect(sources({ Duration: 180 })).toEqual(["a", "a", "b", "b"]);
  expect(sources({ Duration: 180, SourceType: "cache-cluster", SourceIdentifier: "A" })).toEqual(["a", "a"]);
  expect(sources({ Duration: 180, SourceType: "replication-group" })).toEqual([]);
  const now = h.clock.now();
  expect(sources({ StartTime: new Date(now - 3 * hour), EndTime: new Date(now - hour) })).toEqual(["a", "a"]);
});

test("events are kept for fourteen days", async () => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a" });
  await h.settle();
  await h.clock.advance(14 * 24 * hour + 1);
  expect(h.call("DescribeEvents", { Duration: 20_160 }).Events).toEqual([]);
  h.call("CreateCacheCluster", { CacheClusterId: "b" });
  await h.settle();
  expect(new Set(h.plane.state.events.all().map((event) => event.sourceId))).toEqual(new Set(["b"]));
});

test.each([
  ["InvalidParameterCombinationException", { SourceIdentifier: "a" }],
  ["InvalidParameterValueException", { Duration: 20_161 }],
  ["InvalidParameterValueException", { Duration: 0 }],
  ["InvalidParameterCombinationException", { Duration: 5, StartTime: new Date(0) }],
  ["InvalidParameterCombinationException", { StartTime: new Date(2000), EndTime: new Date(1000) }],
])("DescribeEvents refuses with %s: %j", (code, input) => {
  expect(codeOf(() => harness().call("DescribeEvents", input))).toBe(code);
});
