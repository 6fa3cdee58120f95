import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

function withGroup(family = "redis7"): Harness {
  const h = harness();
  h.call("CreateCacheParameterGroup", {
    CacheParameterGroupName: "Mine",
    CacheParameterGroupFamily: family,
    Description: "d",
  });
  return h;
}

const set = (name: string, value: string) => ({
  CacheParameterGroupName: "mine",
  ParameterNameValues: [{ ParameterName: name, ParameterValue: value }],
});

const applied = (h: Harness) => [...h.backend.nodes.values()][0]?.spec.parameters;
const applyStatus = (h: Harness) => h.call("DescribeCacheClusters", {}).CacheClusters?.[0]?.CacheParameterGroup;

describe("parameter groups", () => {
  test("have the families' default groups beside one's own", () => {
    const h = withGroup();
    expect(
      h.call("DescribeCacheParameterGroups", {}).CacheParameterGroups?.map((g) => g.CacheParameterGroupName),
    ).toEqual([
      "default.memcached1.6",
      "default.redis6.x",
      "default.redis6.x.cluster.on",
      "default.redis7",
      "default.redis7.cluster.on",
      "default.valkey7",
      "default.valkey7.cluster.on",
      "default.valkey8",
      "default.valkey8.cluster.on",
      "mine",
    ]);
  });

  test("refuse unknown families and names that exist", () => {
    const h = withGroup();
    const create = (input: object): string =>
      codeOf(() =>
        h.call("CreateCacheParameterGroup", {
          CacheParameterGroupName: "x",
          CacheParameterGroupFamily: "redis7",
          Description: "d",
          ...input,
        }),
      );
    expect(create({ CacheParameterGroupFamily: "redis99" })).toBe("InvalidParameterValueException");
    expect(create({ CacheParameterGroupName: "MINE" })).toBe("CacheParameterGroupAlreadyExistsFault");
    expect(create({ Description: "" })).toBe("InvalidParameterValueException");
  });

  test("protect default groups and groups in use", () => {
    const h = withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" });
    const remove = (name: string): string =>
      codeOf(() => h.call("DeleteCacheParameterGroup", { CacheParameterGroupName: name }));
    expect(remove("mine")).toBe("InvalidCacheParameterGroupStateFault");
    expect(remove("default.redis7")).toBe("InvalidCacheParameterGroupStateFault");
    expect(remove("nope")).toBe("CacheParameterGroupNotFoundFault");
    expect(
      codeOf(() =>
        h.call("ModifyCacheParameterGroup", { ...set("timeout", "30"), CacheParameterGroupName: "default.redis7" }),
      ),
    ).toBe("InvalidCacheParameterGroupStateFault");
  });
});

describe("ModifyCacheParameterGroup", () => {
  test("reaches running engines, and a reset takes it back", async () => {
    const h = withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" });
    await h.settle();
    h.call("ModifyCacheParameterGroup", set("maxmemory-policy", "allkeys-lfu"));
    expect(applyStatus(h)?.ParameterApplyStatus).toBe("applying");
    await h.settle();
    expect(applyStatus(h)?.ParameterApplyStatus).toBe("in-sync");
    expect(applied(h)?.["maxmemory-policy"]).toBe("allkeys-lfu");
    h.call("ResetCacheParameterGroup", { CacheParameterGroupName: "mine", ResetAllParameters: true });
    await h.settle();
    expect(applied(h)?.["maxmemory-policy"]).toBe("volatile-lru");
  });

  test.each([
    ["databases", "4"],
    // An engine could take this one at once; AWS's ChangeType is requires-reboot.
    ["activerehashing", "no"],
  ])("is pending-reboot where the engine must start anew (%s), until it did", async (name, value) => {
    const h = withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" });
    await h.settle();
    h.call("ModifyCacheParameterGroup", set(name, value));
    await h.settle();
    expect(applied(h)?.[name]).not.toBe(value);
    expect(applyStatus(h)).toMatchObject({ ParameterApplyStatus: "pending-reboot", CacheNodeIdsToReboot: ["0001"] });
    h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(applyStatus(h)).toMatchObject({ ParameterApplyStatus: "in-sync", CacheNodeIdsToReboot: [] });
    expect(applied(h)?.[name]).toBe(value);
  });

  test("tells the engine's own words when it refuses", async () => {
    const h = withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" });
    await h.settle();
    h.backend.fail(
      "applyParameters",
      new CacheBackendError("FC_CACHE_PARAMETER_REJECTED", "argument must be a memory value"),
    );
    h.call("ModifyCacheParameterGroup", set("timeout", "30"));
    await h.settle();
    expect(h.eventsOf("a").at(-1)).toContain("argument must be a memory value");
    expect(h.clusterStatus("a")).toBe("available");
  });

  test.each([
    ["maxmemory-policy", "sometimes"],
    ["timeout", "10"],
    ["timeout", "abc"],
    ["appendonly", "yes"],
    ["maxclients", "65000"],
    ["no-such-parameter", "1"],
    ["notify-keyspace-events", "?"],
    ["notify-keyspace-events", "K\nE"],
  ])("refuses %s = %j and stores nothing", (name, value) => {
    const h = withGroup();
    const both = [
      { ParameterName: "databases", ParameterValue: "4" },
      { ParameterName: name, ParameterValue: value },
    ];
    const modify = () =>
      h.call("ModifyCacheParameterGroup", { CacheParameterGroupName: "mine", ParameterNameValues: both });
    expect(codeOf(modify)).toBe("InvalidParameterValueException");
    expect(h.call("DescribeCacheParameters", { CacheParameterGroupName: "mine", Source: "user" }).Parameters).toEqual(
      [],
    );
  });

  test("refuses cluster mode where it would have to be real", () => {
    const h = withGroup();
    h.call("ModifyCacheParameterGroup", set("cluster-enabled", "yes"));
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" }))).toBe(
      "InvalidParameterCombinationException",
    );
  });
});

describe("DescribeCacheParameters", () => {
  test("lists the whole family and marks what the user changed", () => {
    const h = withGroup();
    h.call("ModifyCacheParameterGroup", set("timeout", "30"));
    const { Parameters = [], CacheNodeTypeSpecificParameters } = h.call("DescribeCacheParameters", {
      CacheParameterGroupName: "mine",
    });
    expect(Parameters.length).toBeGreaterThan(50);
    expect(Parameters.find((p) => p.ParameterName === "timeout")).toMatchObject({
      ParameterValue: "30",
      Source: "user",
    });
    expect(Parameters.find((p) => p.ParameterName === "maxmemory-policy")).toMatchObject({
      ParameterValue: "volatile-lru",
      Source: "system",
      DataType: "string",
      ChangeType: "immediate",
      IsModifiable: true,
    });
    expect(CacheNodeTypeSpecificParameters?.[0]?.ParameterName).toBe("maxmemory");
    const user = h.call("DescribeCacheParameters", { CacheParameterGroupName: "mine", Source: "user" });
    expect(user.Parameters?.map((p) => p.ParameterName)).toEqual(["timeout"]);
  });

  test("every default is a value that the family itself accepts", () => {
    const h = harness();
    for (const family of ["redis6.x", "redis7", "valkey7", "valkey8", "memcached1.6"]) {
      h.call("CreateCacheParameterGroup", {
        CacheParameterGroupName: "p",
        CacheParameterGroupFamily: family,
        Description: "d",
      });
      const { EngineDefaults } = h.call("DescribeEngineDefaultParameters", { CacheParameterGroupFamily: family });
      for (const { ParameterName, ParameterValue, IsModifiable } of EngineDefaults?.Parameters ?? [])
        if (IsModifiable === true && ParameterValue !== undefined)
          h.call("ModifyCacheParameterGroup", {
            CacheParameterGroupName: "p",
            ParameterNameValues: [{ ParameterName, ParameterValue }],
          });
      h.call("DeleteCacheParameterGroup", { CacheParameterGroupName: "p" });
    }
    expect(codeOf(() => h.call("DescribeEngineDefaultParameters", { CacheParameterGroupFamily: "x" }))).toBe(
      "InvalidParameterValueException",
    );
  });
});
