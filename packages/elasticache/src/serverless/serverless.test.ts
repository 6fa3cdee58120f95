import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess, start, thrown } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import type { Input } from "../operation.ts";

const scope = { account: "111122223333", region: "us-east-1" };
const cacheOf = (h: Harness, ServerlessCacheName = "a") =>
  h.call("DescribeServerlessCaches", { ServerlessCacheName }).ServerlessCaches?.[0];
const snapshotOf = (h: Harness, name: string) =>
  h.call("DescribeServerlessCacheSnapshots", { ServerlessCacheSnapshotName: name }).ServerlessCacheSnapshots?.[0];
const onlyNode = (h: Harness) => [...h.backend.nodes.values()][0]!;

async function withCache(options: Partial<Input<"CreateServerlessCache">> = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "valkey", ...options });
  await h.settle();
  return h;
}

async function withUserGroup(): Promise<Harness> {
  const h = harness();
  const user = { Engine: "valkey", AccessString: "on ~* +@all", Passwords: ["password-of-the-app-1"] };
  h.call("CreateUser", { UserId: "app", UserName: "app", ...user });
  h.call("CreateUserGroup", { UserGroupId: "g", Engine: "valkey", UserIds: ["app"] });
  await h.settle();
  return h;
}

describe("CreateServerlessCache", () => {
  test("answers creating without endpoints and becomes available with them, always encrypted", async () => {
    const h = harness();
    const { ServerlessCache } = h.call("CreateServerlessCache", {
      ServerlessCacheName: "A-Cache",
      Engine: "redis",
      Description: "for tests",
      Tags: [{ Key: "team", Value: "x" }],
      CacheUsageLimits: { DataStorage: { Maximum: 2, Unit: "GB" }, ECPUPerSecond: { Maximum: 5000 } },
    });
    expect(ServerlessCache).toMatchObject({
      ServerlessCacheName: "a-cache",
      Status: "creating",
      Engine: "redis",
      MajorEngineVersion: "7",
      FullEngineVersion: "7.1.0",
      ARN: "arn:aws:elasticache:us-east-1:111122223333:serverlesscache:a-cache",
      CacheUsageLimits: { DataStorage: { Maximum: 2, Unit: "GB" }, ECPUPerSecond: { Maximum: 5000 } },
    });
    expect(ServerlessCache?.Endpoint).toBeUndefined();
    await h.settle();
    expect(cacheOf(h, "A-CACHE")).toMatchObject({
      Status: "available",
      Endpoint: { Address: "a-cache.cache.invalid", Port: 6379 },
      ReaderEndpoint: { Address: "a-cache.cache.invalid", Port: 6380 },
    });
    expect(onlyNode(h).spec).toMatchObject({
      resourceType: "serverless-cache",
      engineVersion: "7.1",
      readerPort: 6380,
      parameters: { maxmemory: String(2 * 1024 ** 3), "maxmemory-policy": "volatile-lru" },
      tags: { team: "x" },
      access: { tls: "required" },
    });
    expect(h.eventsOf("a-cache")).toEqual(["Serverless cache a-cache created"]);
  });

  test("gives memcached its one port, and valkey the newest of a major version", async () => {
    const h = await withCache({ MajorEngineVersion: "8" });
    expect(onlyNode(h).spec.engineVersion).toBe("8.1");
    h.call("CreateServerlessCache", { ServerlessCacheName: "m", Engine: "memcached" });
    await h.settle();
    expect(cacheOf(h, "m")).toMatchObject({ MajorEngineVersion: "1.6", Endpoint: { Port: 11_211 } });
    expect(cacheOf(h, "m")?.ReaderEndpoint).toBeUndefined();
  });

  test.each<[string, Partial<Input<"CreateServerlessCache">>]>([
    ["InvalidParameterValueException", { Engine: "mysql" }],
    ["InvalidParameterValueException", { MajorEngineVersion: "6" }],
    ["InvalidParameterValueException", { CacheUsageLimits: { DataStorage: { Maximum: 5001, Unit: "GB" } } }],
    ["InvalidParameterValueException", { CacheUsageLimits: { ECPUPerSecond: { Minimum: 999 } } }],
    [
      "InvalidParameterCombinationException",
      { CacheUsageLimits: { DataStorage: { Minimum: 3, Maximum: 2, Unit: "GB" } } },
    ],
    ["UserGroupNotFoundFault", { UserGroupId: "none" }],
    ["InvalidParameterCombinationException", { Engine: "memcached", UserGroupId: "none" }],
    ["InvalidParameterCombinationException", { Engine: "memcached", SnapshotRetentionLimit: 1 }],
    ["InvalidParameterValueException", { DailySnapshotTime: "24:00" }],
    ["ServerlessCacheSnapshotNotFoundFault", { SnapshotArnsToRestore: [arn("none")] }],
    ["InvalidParameterCombinationException", { SnapshotArnsToRestore: ["arn:aws:s3:::bucket/x.rdb"] }],
    ["InvalidParameterCombinationException", { NetworkType: "ipv6" }],
    ["ServerlessCacheAlreadyExistsFault", {}],
  ])("refuses with %s %j, and changes nothing", async (code, input) => {
    const h = await withCache();
    const asked = { ServerlessCacheName: "A", Engine: "valkey", ...input };
    expect(codeOf(() => h.call("CreateServerlessCache", asked))).toBe(code);
    expect(h.call("DescribeServerlessCaches", {}).ServerlessCaches).toHaveLength(1);
  });

  test("ends in create-failed with the reason, and can be deleted then", async () => {
    const h = harness();
    const details = { reason: "Unschedulable" };
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "no room", { details }));
    h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "valkey" });
    await h.settle();
    expect(cacheOf(h)?.Status).toBe("create-failed");
    expect(h.eventsOf("a").at(-1)).toContain("Unschedulable");
    expect(codeOf(() => h.call("ModifyServerlessCache", { ServerlessCacheName: "a" }))).toBe(
      "InvalidServerlessCacheStateFault",
    );
    h.call("DeleteServerlessCache", { ServerlessCacheName: "a" });
    await h.settle();
    expect(codeOf(() => cacheOf(h))).toBe("ServerlessCacheNotFoundFault");
  });

  test("lists in pages, and tags by ARN", async () => {
    const h = await withCache();
    h.call("CreateServerlessCache", { ServerlessCacheName: "b", Engine: "valkey" });
    const first = h.call("DescribeServerlessCaches", { MaxResults: 1 });
    const second = h.call("DescribeServerlessCaches", { MaxResults: 1, NextToken: first.NextToken });
    expect([first, second].map(({ ServerlessCaches }) => ServerlessCaches?.[0]?.ServerlessCacheName)).toEqual([
      "a",
      "b",
    ]);
    expect(second.NextToken).toBeUndefined();
    const ResourceName = cacheOf(h)?.ARN ?? "";
    h.call("AddTagsToResource", { ResourceName, Tags: [{ Key: "k", Value: "v" }] });
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toEqual([{ Key: "k", Value: "v" }]);
    expect(h.plane.state.tags.get(scope, "serverlesscache:a")?.tags).toHaveLength(1);
  });
});

describe("ModifyServerlessCache", () => {
  test("brings limits and users to the engine that runs, and users that change later", async () => {
    const h = await withUserGroup();
    h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "valkey" });
    await h.settle();
    const { instance } = onlyNode(h).status;
    const modified = h.call("ModifyServerlessCache", {
      ServerlessCacheName: "a",
      UserGroupId: "g",
      CacheUsageLimits: { DataStorage: { Maximum: 1, Unit: "GB" } },
    });
    expect(modified.ServerlessCache?.Status).toBe("modifying");
    await h.settle();
    expect(cacheOf(h)).toMatchObject({ Status: "available", UserGroupId: "g" });
    expect(onlyNode(h).spec).toMatchObject({
      parameters: { maxmemory: String(1024 ** 3) },
      access: { tls: "required", users: [{ name: "app" }] },
    });
    expect(onlyNode(h).status.instance).toBe(instance);
    expect(h.call("DescribeUserGroups", { UserGroupId: "g" }).UserGroups?.[0]?.ServerlessCaches).toEqual(["a"]);
    expect(codeOf(() => h.call("DeleteUserGroup", { UserGroupId: "g" }))).toBe("InvalidUserGroupStateFault");
    h.call("ModifyUser", { UserId: "app", AccessString: "on ~app:* +@read" });
    await h.settle();
    expect(onlyNode(h).spec.access?.users?.[0]?.rules).toBe("on ~app:* +@read");
    h.call("ModifyServerlessCache", { ServerlessCacheName: "a", RemoveUserGroup: true });
    await h.settle();
    expect(cacheOf(h)?.UserGroupId).toBeUndefined();
    expect(onlyNode(h).spec.access).toEqual({ tls: "required" });
  });

  test("leaves nothing of itself in an engine that takes a part of it only", async () => {
    const h = await withUserGroup();
    const limit = (Maximum: number) => ({ CacheUsageLimits: { DataStorage: { Maximum, Unit: "GB" as const } } });
    h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "valkey", ...limit(2) });
    await h.settle();
    h.backend.fail("applyAccess", new Error("no answer"));
    h.call("ModifyServerlessCache", { ServerlessCacheName: "a", UserGroupId: "g", ...limit(1) });
    await h.settle();
    expect(cacheOf(h)).toMatchObject({ Status: "available", ...limit(2) });
    expect(onlyNode(h).spec).toMatchObject({
      parameters: { maxmemory: String(2 * 1024 ** 3) },
      access: { tls: "required" },
    });
    expect(h.eventsOf("a").at(-1)).toContain("The modification failed");
  });

  test("upgrades the engine with the data, never back, and keeps everything when it does not come up", async () => {
    const h = await withCache({ Engine: "redis" });
    h.backend.write(onlyNode(h).spec.nodeKey, "data");
    h.backend.fail("reboot", new CacheBackendError("FC_CACHE_REBOOT_FAILED", "no room"));
    const upgrade = { ServerlessCacheName: "a", Engine: "valkey", MajorEngineVersion: "8" };
    h.call("ModifyServerlessCache", upgrade);
    await h.settle();
    expect(cacheOf(h)).toMatchObject({ Status: "available", Engine: "redis" });
    h.call("ModifyServerlessCache", upgrade);
    await h.settle();
    expect(cacheOf(h)).toMatchObject({ Status: "available", Engine: "valkey", MajorEngineVersion: "8" });
    expect(Buffer.from(onlyNode(h).data).toString()).toBe("data");
    for (const back of [{ Engine: "redis" }, { MajorEngineVersion: "7" }])
      expect(codeOf(() => h.call("ModifyServerlessCache", { ServerlessCacheName: "a", ...back }))).toBe(
        "InvalidParameterCombinationException",
      );
  });
});

describe("snapshots of serverless caches", () => {
  test("have the data, which a new cache starts with, and outlive their cache", async () => {
    const h = await withCache();
    h.backend.write(onlyNode(h).spec.nodeKey, "data");
    const created = h.call("CreateServerlessCacheSnapshot", {
      ServerlessCacheName: "a",
      ServerlessCacheSnapshotName: "s",
    });
    expect(created.ServerlessCacheSnapshot?.Status).toBe("creating");
    expect(cacheOf(h)?.Status).toBe("available");
    await h.settle();
    expect(snapshotOf(h, "s")).toMatchObject({ Status: "available", SnapshotType: "manual", BytesUsedForCache: "4" });
    h.call("CopyServerlessCacheSnapshot", {
      SourceServerlessCacheSnapshotName: "s",
      TargetServerlessCacheSnapshotName: "t",
    });
    h.call("DeleteServerlessCacheSnapshot", { ServerlessCacheSnapshotName: "s" });
    h.call("DeleteServerlessCache", { ServerlessCacheName: "a", FinalSnapshotName: "last" });
    await h.settle();
    expect(snapshotOf(h, "last")?.Status).toBe("available");
    h.call("CreateServerlessCache", {
      ServerlessCacheName: "b",
      Engine: "valkey",
      SnapshotArnsToRestore: [arn("t")],
    });
    for (const name of ["t", "last"]) h.call("DeleteServerlessCacheSnapshot", { ServerlessCacheSnapshotName: name });
    await h.settle();
    expect(Buffer.from(onlyNode(h).data).toString()).toBe("data");
    expect(h.blobs.names()).toEqual([]);
    expect(h.eventsOf("b")[0]).toBe("Restored from snapshot t");
  });

  test("fail with an event, and then the cache is not deleted", async () => {
    const h = await withCache();
    h.backend.fail("snapshot", new CacheBackendError("FC_CACHE_SNAPSHOT_FAILED", "it was cut"));
    h.call("DeleteServerlessCache", { ServerlessCacheName: "a", FinalSnapshotName: "s" });
    await h.settle();
    expect([cacheOf(h)?.Status, snapshotOf(h, "s")?.Status]).toEqual(["available", "create-failed"]);
    expect(h.eventsOf("s")[0]).toContain("it was cut");
    h.call("CreateServerlessCache", { ServerlessCacheName: "m", Engine: "memcached" });
    await h.settle();
    const asked = { ServerlessCacheName: "m", ServerlessCacheSnapshotName: "x" };
    expect(thrown(() => h.call("CreateServerlessCacheSnapshot", asked)).message).toContain("memcached");
  });

  test("are stopped by a deletion, which leaves none in creating", async () => {
    const h = await withCache();
    h.backend.hold("snapshot");
    h.call("CreateServerlessCacheSnapshot", { ServerlessCacheName: "a", ServerlessCacheSnapshotName: "s" });
    await h.settle();
    h.call("DeleteServerlessCache", { ServerlessCacheName: "a" });
    await h.settle();
    expect(snapshotOf(h, "s")?.Status).toBe("create-failed");
    expect(h.backend.nodes.size).toBe(0);
  });

  test("are taken daily at their time, and go after the days of retention", async () => {
    const h = await withCache({ SnapshotRetentionLimit: 2, DailySnapshotTime: "13:00" });
    const { runDueServerless } = await import("./daily-snapshots.ts");
    const names = () =>
      h
        .call("DescribeServerlessCacheSnapshots", { SnapshotType: "system" })
        .ServerlessCacheSnapshots?.map(({ ServerlessCacheSnapshotName: name }) => name);
    const at = async (hours: number): Promise<void> => {
      await h.clock.advance(start + hours * 3_600_000 - h.clock.now());
      runDueServerless(h.plane);
      await h.settle();
    };
    await at(0);
    expect(names()).toEqual([]);
    for (const hours of [1, 1.5, 25, 50]) await at(hours);
    expect(names()).toEqual(["automatic.a-2026-03-04-13-00"]);
  });
});

describe("a serverless cache whose engine or process is lost", () => {
  test("is modifying until it is back, at the same endpoint", async () => {
    const h = await withCache();
    const { nodeKey } = onlyNode(h).spec;
    h.backend.emit({ nodeKey, type: "lost", message: "Evicted" });
    expect(cacheOf(h)).toMatchObject({ Status: "modifying", Endpoint: { Address: "a.cache.invalid" } });
    h.backend.emit({ nodeKey, type: "recovered", message: "a new Pod", dataKept: false });
    await h.settle();
    expect(cacheOf(h)?.Status).toBe("available");
    expect(h.eventsOf("a").slice(1)).toEqual([
      "Recovering serverless cache a: Evicted",
      "Finished recovery of serverless cache a (empty): a new Pod",
    ]);
  });

  test.each(["create", "modify", "snapshot", "delete"] as const)("goes on with a %s", async (what) => {
    const h = what === "create" ? harness() : await withCache();
    h.backend.hold(
      { create: "start", modify: "applyParameters", snapshot: "snapshot", delete: "delete" }[what] as "start",
    );
    if (what === "create") h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "valkey" });
    if (what === "modify") h.call("ModifyServerlessCache", { ServerlessCacheName: "a", Description: "new" });
    if (what === "snapshot")
      h.call("CreateServerlessCacheSnapshot", { ServerlessCacheName: "a", ServerlessCacheSnapshotName: "s" });
    if (what === "delete") h.call("DeleteServerlessCache", { ServerlessCacheName: "a" });
    await h.settle();
    await h.plane.tasks.stop();
    h.backend.hold(
      { create: "start", modify: "applyParameters", snapshot: "snapshot", delete: "delete" }[what] as "start",
    )();
    const next = await nextProcess(h);
    if (what === "delete") expect(next.backend.nodes.size).toBe(0);
    else expect(cacheOf(next)?.Status).toBe("available");
    if (what === "modify") expect(cacheOf(next)?.Description).toBe("new");
    if (what === "snapshot") expect(snapshotOf(next, "s")?.Status).toBe("available");
  });
});

function arn(snapshot: string): string {
  return `arn:aws:elasticache:us-east-1:111122223333:serverlesssnapshot:${snapshot}`;
}
