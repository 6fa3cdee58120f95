import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";

const Passwords = ["password-of-a-test"];
const id = "G";

async function withGroup(): Promise<Harness> {
  const h = harness();
  for (const [UserId, UserName, Engine] of [
    ["app", "app", "redis"],
    ["twin", "app", "redis"],
    ["mine", "default", "redis"],
    ["v", "v", "valkey"],
  ] as const)
    h.call("CreateUser", { UserId, UserName, Engine, AccessString: "on ~* +@all", Passwords });
  h.call("CreateUserGroup", { UserGroupId: id, Engine: "redis", UserIds: ["Default", "app"] });
  await h.settle();
  return h;
}

const shown = (h: Harness) => h.call("DescribeUserGroups", { UserGroupId: id }).UserGroups?.[0];

describe("CreateUserGroup", () => {
  test("is creating, then active, and its users name it", async () => {
    const h = harness();
    h.call("CreateUser", { UserId: "app", UserName: "app", Engine: "redis", AccessString: "on", Passwords });
    const made = h.call("CreateUserGroup", { UserGroupId: id, Engine: "Redis", UserIds: ["default", "app"] });
    expect(made).toMatchObject({ UserGroupId: "g", Status: "creating", ReplicationGroups: [] });
    await h.settle();
    expect(shown(h)).toMatchObject({
      Status: "active",
      Engine: "redis",
      MinimumEngineVersion: "6.0",
      UserIds: ["default", "app"],
      ARN: "arn:aws:elasticache:us-east-1:111122223333:usergroup:g",
    });
    expect(h.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.UserGroupIds).toEqual(["g"]);
    expect(h.eventsOf("g")).toEqual(["User group g created"]);
  });

  test.each([
    ["without a default user", { UserIds: ["app"] }, "DefaultUserRequired"],
    ["without users", {}, "DefaultUserRequired"],
    ["with two users of a name", { UserIds: ["default", "app", "twin"] }, "DuplicateUserNameFault"],
    ["with two default users", { UserIds: ["default", "mine"] }, "DuplicateUserNameFault"],
    ["with an unknown user", { UserIds: ["default", "absent"] }, "UserNotFoundFault"],
    ["of redis with a user of valkey", { UserIds: ["default", "v"] }, "InvalidParameterValueException"],
    [
      "of valkey with a user without password",
      { Engine: "valkey", UserIds: ["default"] },
      "InvalidParameterValueException",
    ],
    ["of memcached", { Engine: "memcached" }, "InvalidParameterValueException"],
    ["that exists", { UserGroupId: "g", UserIds: ["default"] }, "UserGroupAlreadyExistsFault"],
  ] as const)("%s is refused", async (_what, over, code) => {
    const h = await withGroup();
    expect(codeOf(() => h.call("CreateUserGroup", { UserGroupId: "h", Engine: "redis", ...over }))).toBe(code);
    expect(h.call("DescribeUserGroups", {}).UserGroups).toHaveLength(1);
  });

  test("of valkey takes users of both engines and needs no default user", async () => {
    const h = await withGroup();
    h.call("CreateUserGroup", { UserGroupId: "h", Engine: "valkey", UserIds: ["app", "v"] });
    expect(h.call("DescribeUserGroups", { UserGroupId: "h" }).UserGroups?.[0]?.MinimumEngineVersion).toBe("7.2");
  });

  test("ends at the quota", async () => {
    const h = await withGroup();
    for (let index = 1; index < 100; index += 1)
      h.call("CreateUserGroup", { UserGroupId: `g${index}`, Engine: "redis", UserIds: ["default"] });
    expect(codeOf(() => h.call("CreateUserGroup", { UserGroupId: "h", Engine: "redis", UserIds: ["default"] }))).toBe(
      "UserGroupQuotaExceededFault",
    );
  });
});

describe("ModifyUserGroup", () => {
  test("shows what is pending, then has it", async () => {
    const h = await withGroup();
    const change = { UserGroupId: id, UserIdsToAdd: ["mine"], UserIdsToRemove: ["default"] };
    expect(h.call("ModifyUserGroup", change)).toMatchObject({
      Status: "modifying",
      UserIds: ["default", "app"],
      PendingChanges: { UserIdsToAdd: ["mine"], UserIdsToRemove: ["default"] },
    });
    expect(codeOf(() => h.call("ModifyUserGroup", { UserGroupId: id, UserIdsToRemove: ["app"] }))).toBe(
      "InvalidUserGroupStateFault",
    );
    await h.settle();
    expect(shown(h)).toMatchObject({ Status: "active", UserIds: ["app", "mine"] });
    expect(shown(h)?.PendingChanges).toBeUndefined();
  });

  test.each([
    [{ UserIdsToRemove: ["default"] }, "DefaultUserRequired"],
    [{ UserIdsToAdd: ["twin"] }, "DuplicateUserNameFault"],
    [{ UserIdsToAdd: ["absent"] }, "UserNotFoundFault"],
    [{ UserIdsToAdd: ["app"] }, "InvalidParameterCombinationException"],
    [{ UserIdsToRemove: ["mine"] }, "InvalidParameterCombinationException"],
    [{ UserIdsToAdd: ["mine"], UserIdsToRemove: ["mine"] }, "InvalidParameterCombinationException"],
    [{}, "InvalidParameterCombinationException"],
    [{ UserGroupId: "absent", UserIdsToRemove: ["app"] }, "UserGroupNotFoundFault"],
  ])("%j is refused", async (input, code) => {
    const h = await withGroup();
    expect(codeOf(() => h.call("ModifyUserGroup", { UserGroupId: id, ...input }))).toBe(code);
    expect(shown(h)).toMatchObject({ Status: "active", UserIds: ["default", "app"] });
  });
});

describe("deleting", () => {
  test("a group leaves its users", async () => {
    const h = await withGroup();
    expect(h.call("DeleteUserGroup", { UserGroupId: id }).Status).toBe("deleting");
    await h.settle();
    expect(codeOf(() => shown(h))).toBe("UserGroupNotFoundFault");
    expect(h.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.UserGroupIds).toEqual([]);
  });

  test("a user leaves its groups; the one that is their default user cannot go", async () => {
    const h = await withGroup();
    h.call("ModifyUserGroup", { UserGroupId: id, UserIdsToAdd: ["mine"], UserIdsToRemove: ["default"] });
    await h.settle();
    expect(codeOf(() => h.call("DeleteUser", { UserId: "mine" }))).toBe("DefaultUserAssociatedToUserGroupFault");
    h.call("DeleteUser", { UserId: "app" });
    await h.settle();
    expect(shown(h)?.UserIds).toEqual(["mine"]);
  });
});
