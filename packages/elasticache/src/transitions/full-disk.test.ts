import { fillingRecords } from "@fc/core/conformance";
import { describe, expect, test } from "vitest";
import { harness } from "../../test/harness.ts";

describe("a disk that is full", () => {
  test("refuses a creation and keeps nothing of it, and holds up what is under way until there is space", async () => {
    const records = fillingRecords();
    const h = harness({ records });
    for (const id of ["reboot", "modify", "delete"]) h.call("CreateCacheCluster", { CacheClusterId: id });
    await h.settle();
    const releases = (["startGroup", "reboot", "delete"] as const).map((call) => h.backend.hold(call));
    h.call("CreateReplicationGroup", { ReplicationGroupId: "group", ReplicationGroupDescription: "d" });
    h.call("RebootCacheCluster", { CacheClusterId: "reboot", CacheNodeIdsToReboot: ["0001"] });
    h.call("ModifyCacheCluster", { CacheClusterId: "modify", CacheNodeType: "cache.m5.large", ApplyImmediately: true });
    h.call("DeleteCacheCluster", { CacheClusterId: "delete" });
    await h.settle();
    records.isFull = true;
    for (const release of releases) release();
    await h.settle();
    expect(() => h.call("CreateCacheCluster", { CacheClusterId: "refused" })).toThrow("the disk is full");
    await h.clock.advance(60_000);
    const statuses = (): unknown[] =>
      ["group-001", "reboot", "modify", "delete", "refused"].map((id) => h.clusterStatus(id));
    expect(statuses()).toEqual(["creating", "rebooting cache cluster nodes", "modifying", "deleting", undefined]);
    records.isFull = false;
    for (let passed = 0; passed < 5; passed += 1) await h.clock.advance(10_000);
    await h.settle();
    expect(statuses()).toEqual(["available", "available", "available", undefined, undefined]);
    expect(h.groupStatus("group")).toBe("available");
    h.call("CreateCacheCluster", { CacheClusterId: "refused" });
    await h.settle();
    expect(h.clusterStatus("refused")).toBe("available");
  });
});
