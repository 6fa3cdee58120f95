import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";

const group = { CacheSubnetGroupName: "Mine", CacheSubnetGroupDescription: "d", SubnetIds: ["subnet-a", "subnet-b"] };

function withGroup(): Harness {
  const h = harness();
  h.call("CreateCacheSubnetGroup", group);
  return h;
}

describe("subnet groups", () => {
  test("have one default beside one's own, in one VPC of the account and region", () => {
    const groups = withGroup().call("DescribeCacheSubnetGroups", {}).CacheSubnetGroups ?? [];
    expect(groups.map((g) => g.CacheSubnetGroupName)).toEqual(["default", "mine"]);
    expect(new Set(groups.map((g) => g.VpcId)).size).toBe(1);
    expect(groups[1]).toMatchObject({
      ARN: "arn:aws:elasticache:us-east-1:111122223333:subnetgroup:mine",
      Subnets: [{ SubnetIdentifier: "subnet-a" }, { SubnetIdentifier: "subnet-b" }],
    });
  });

  test("change description and subnets, one at a time", () => {
    const h = withGroup();
    h.call("ModifyCacheSubnetGroup", { CacheSubnetGroupName: "mine", CacheSubnetGroupDescription: "new" });
    h.call("ModifyCacheSubnetGroup", { CacheSubnetGroupName: "MINE", SubnetIds: ["subnet-c"] });
    const [found] = h.call("DescribeCacheSubnetGroups", { CacheSubnetGroupName: "mine" }).CacheSubnetGroups ?? [];
    expect(found).toMatchObject({ CacheSubnetGroupDescription: "new", Subnets: [{ SubnetIdentifier: "subnet-c" }] });
  });

  test("in use, and the default one, are not deleted", async () => {
    const h = withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheSubnetGroupName: "mine" });
    const remove = (name: string) => () => h.call("DeleteCacheSubnetGroup", { CacheSubnetGroupName: name });
    expect(codeOf(remove("mine"))).toBe("CacheSubnetGroupInUse");
    expect(codeOf(remove("default"))).toBe("CacheSubnetGroupInUse");
    await h.settle();
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    remove("mine")();
    expect(codeOf(remove("mine"))).toBe("CacheSubnetGroupNotFoundFault");
  });

  test.each([
    ["InvalidSubnet", { SubnetIds: [] }],
    ["InvalidSubnet", { SubnetIds: ["nope"] }],
    ["CacheSubnetQuotaExceededFault", { SubnetIds: Array.from({ length: 21 }, (_, i) => `subnet-${i}`) }],
    ["CacheSubnetGroupAlreadyExistsFault", { CacheSubnetGroupName: "mine" }],
    ["CacheSubnetGroupAlreadyExistsFault", { CacheSubnetGroupName: "default" }],
    ["InvalidParameterValueException", { CacheSubnetGroupName: "-" }],
    ["InvalidParameterValueException", { CacheSubnetGroupDescription: "" }],
  ])("refuse with %s: %j", (code, input) => {
    const h = withGroup();
    expect(codeOf(() => h.call("CreateCacheSubnetGroup", { ...group, CacheSubnetGroupName: "other", ...input }))).toBe(
      code,
    );
  });
});
