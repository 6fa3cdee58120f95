import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";

const arn = (kind: string, id: string): string => `arn:aws:elasticache:us-east-1:111122223333:${kind}:${id}`;

async function withEverything(): Promise<Harness> {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "c" });
  h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d" });
  h.call("CreateCacheParameterGroup", {
    CacheParameterGroupName: "p",
    CacheParameterGroupFamily: "redis7",
    Description: "d",
  });
  h.call("CreateCacheSubnetGroup", {
    CacheSubnetGroupName: "s",
    CacheSubnetGroupDescription: "d",
    SubnetIds: ["subnet-1"],
  });
  await h.settle();
  h.call("CreateSnapshot", { CacheClusterId: "c", SnapshotName: "n" });
  await h.settle();
  return h;
}

describe("tags", () => {
  test.each([
    ["cluster", "c"],
    ["replicationgroup", "g"],
    ["parametergroup", "p"],
    ["parametergroup", "default.redis7"],
    ["subnetgroup", "s"],
    ["snapshot", "n"],
  ])("of a %s (%s) are added, replaced, listed and removed, with ids in any case", async (kind, id) => {
    const h = await withEverything();
    const ResourceName = arn(kind, id.toUpperCase());
    h.call("AddTagsToResource", {
      ResourceName,
      Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "" }, { Key: "c" }],
    });
    const added = h.call("AddTagsToResource", { ResourceName, Tags: [{ Key: "a", Value: "2" }] });
    expect(added.TagList).toEqual([
      { Key: "a", Value: "2" },
      { Key: "b", Value: "" },
      { Key: "c", Value: "" },
    ]);
    h.call("RemoveTagsFromResource", { ResourceName, TagKeys: ["b", "c", "absent"] });
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toEqual([{ Key: "a", Value: "2" }]);
  });

  test("of a replication group are those of its cluster too", async () => {
    const h = await withEverything();
    h.call("AddTagsToResource", { ResourceName: arn("replicationgroup", "g"), Tags: [{ Key: "k", Value: "v" }] });
    expect(h.call("ListTagsForResource", { ResourceName: arn("cluster", "g-001") }).TagList).toEqual([
      { Key: "k", Value: "v" },
    ]);
  });

  test("go with their resource", async () => {
    const h = await withEverything();
    const ResourceName = arn("cluster", "c");
    h.call("AddTagsToResource", { ResourceName, Tags: [{ Key: "k", Value: "v" }] });
    h.call("DeleteCacheCluster", { CacheClusterId: "c" });
    await h.settle();
    h.call("CreateCacheCluster", { CacheClusterId: "c" });
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toEqual([]);
  });

  test.each([
    ["CacheClusterNotFoundFault", arn("cluster", "x")],
    ["ReplicationGroupNotFoundFault", arn("replicationgroup", "x")],
    ["SnapshotNotFoundFault", arn("snapshot", "x")],
    ["CacheParameterGroupNotFoundFault", arn("parametergroup", "x")],
    ["CacheSubnetGroupNotFoundFault", arn("subnetgroup", "x")],
    ["InvalidARNFault", "c"],
    ["InvalidARNFault", arn("nonsense", "c")],
    ["InvalidARNFault", "arn:aws:elasticache:eu-west-1:111122223333:cluster:c"],
    ["InvalidARNFault", "arn:aws:s3:us-east-1:111122223333:cluster:c"],
  ])("answer %s for %s", async (code, ResourceName) => {
    const h = await withEverything();
    expect(codeOf(() => h.call("ListTagsForResource", { ResourceName }))).toBe(code);
  });

  test("are at most fifty, and a request over that adds none", async () => {
    const h = await withEverything();
    const ResourceName = arn("cluster", "c");
    const tags = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: "" }));
    h.call("AddTagsToResource", { ResourceName, Tags: tags(0, 49) });
    expect(codeOf(() => h.call("AddTagsToResource", { ResourceName, Tags: tags(49, 2) }))).toBe(
      "TagQuotaPerResourceExceeded",
    );
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toHaveLength(49);
  });
});
