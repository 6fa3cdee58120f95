import type { RequestContext } from "@fc/aws";
import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, thrown } from "../../test/harness.ts";
import type { CacheAccess } from "../backend/backend.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import { createIntrospection } from "../introspection.ts";
import type { Input } from "../operation.ts";
import { passwordHash } from "../users/passwords.ts";

const first = "the-first-token-of-all";
const second = "the-second-token-of-all";
const group = { ReplicationGroupId: "g", ReplicationGroupDescription: "d", TransitEncryptionEnabled: true };

type Create = Partial<Input<"CreateReplicationGroup">>;
type Modify = Omit<Input<"ModifyReplicationGroup">, "ReplicationGroupId">;

const modify = (h: Harness, input: Modify) =>
  h.call("ModifyReplicationGroup", { ReplicationGroupId: "g", ...input }).ReplicationGroup;
const shown = (h: Harness) => h.call("DescribeReplicationGroups", { ReplicationGroupId: "g" }).ReplicationGroups?.[0];
const engine = (h: Harness): CacheAccess | undefined => [...h.backend.nodes.values()][0]?.spec.access;
const token = (...tokens: string[]) => ({
  tls: "required",
  users: [{ name: "default", rules: "on ~* &* +@all", passwordHashes: tokens.map(passwordHash), open: false }],
});

async function withGroup(over: Create = {}): Promise<Harness> {
  const h = harness();
  users(h);
  await h.settle();
  h.call("CreateReplicationGroup", { ...group, ...over });
  await h.settle();
  return h;
}

/** User groups `ug` (default, app), `other` (mine, app), `iam` and, of valkey, `vk`. */
function users(h: Harness, where: Partial<RequestContext> = {}): void {
  const make = (UserId: string, UserName: string, over: Partial<Input<"CreateUser">> = {}): void =>
    void h.call(
      "CreateUser",
      { UserId, UserName, Engine: "redis", AccessString: `on ~${UserId}:* +@read`, Passwords: [first], ...over },
      where,
    );
  make("app", "application");
  make("mine", "default");
  make("token", "token", { Passwords: [], AuthenticationMode: { Type: "iam" } });
  for (const [UserGroupId, Engine, UserIds] of [
    ["ug", "redis", ["default", "app"]],
    ["other", "redis", ["mine", "app"]],
    ["iam", "redis", ["default", "token"]],
    ["vk", "valkey", ["app"]],
  ] as const)
    h.call("CreateUserGroup", { UserGroupId, Engine, UserIds }, where);
}

describe("CreateReplicationGroup", () => {
  test("in clear tells the engine nothing", async () => {
    const h = await withGroup({ TransitEncryptionEnabled: false });
    expect(engine(h)).toBeUndefined();
    expect(shown(h)).toMatchObject({ AuthTokenEnabled: false, TransitEncryptionEnabled: false });
  });

  test("with a token: the engine has its hash before it is available; nobody sees the token", async () => {
    const h = await withGroup({ AuthToken: first });
    expect(engine(h)).toEqual(token(first));
    expect(shown(h)).toMatchObject({
      AuthTokenEnabled: true,
      AuthTokenLastModifiedDate: new Date(h.clock.now()),
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: "required",
    });
    expect(h.call("DescribeCacheClusters", {}).CacheClusters?.[0]).toMatchObject({
      AuthTokenEnabled: true,
      TransitEncryptionEnabled: true,
    });
    const kept = [h.plane.state.groups.all(), h.plane.state.clusters.all(), h.plane.state.events.all(), shown(h)];
    expect(JSON.stringify(kept)).not.toContain(first);
  });

  test("with the mode preferred", async () => {
    const h = await withGroup({ AuthToken: first, TransitEncryptionMode: "preferred" });
    expect(engine(h)).toEqual({ ...token(first), tls: "preferred" });
    expect(shown(h)).toMatchObject({ TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" });
  });

  test("with a user group: the engine knows its users by UserName", async () => {
    const h = await withGroup({ UserGroupIds: ["UG"] });
    expect(engine(h)).toEqual({
      tls: "required",
      users: [
        { name: "default", rules: "on ~* +@all", passwordHashes: [], open: true },
        { name: "application", rules: "on ~app:* +@read", passwordHashes: [passwordHash(first)], open: false },
      ],
    });
    expect(shown(h)?.UserGroupIds).toEqual(["ug"]);
    expect(h.call("DescribeUserGroups", { UserGroupId: "ug" }).UserGroups?.[0]?.ReplicationGroups).toEqual(["g"]);
    const { acls } = createIntrospection(h.plane).acls();
    expect(acls).toMatchObject([
      {
        clusterId: "g",
        groups: [{ name: "ug" }],
        users: [{ name: "default" }, { name: "application", passwordCount: 1 }],
      },
    ]);
    expect(JSON.stringify(acls)).not.toContain(passwordHash(first));
  });

  test("a reboot, and a process that starts later, tell the engine the same again", async () => {
    const h = await withGroup({ AuthToken: first });
    h.call("RebootCacheCluster", { CacheClusterId: "g-001", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(engine(h)).toEqual(token(first));
  });

  test.each<[string, Create, string]>([
    ["a token in clear", { AuthToken: first, TransitEncryptionEnabled: false }, "InvalidParameterCombinationException"],
    ["a short token", { AuthToken: "short" }, "InvalidParameterValueException"],
    ["a token with an @", { AuthToken: "token-with-an-@-in-it" }, "InvalidParameterValueException"],
    ["a token and a group", { AuthToken: first, UserGroupIds: ["ug"] }, "InvalidParameterCombinationException"],
    [
      "a group in clear",
      { UserGroupIds: ["ug"], TransitEncryptionEnabled: false },
      "InvalidParameterCombinationException",
    ],
    ["two groups", { UserGroupIds: ["ug", "other"] }, "InvalidParameterValueException"],
    ["an unknown group", { UserGroupIds: ["absent"] }, "UserGroupNotFoundFault"],
    ["a group of valkey for redis", { UserGroupIds: ["vk"] }, "InvalidParameterValueException"],
    [
      "users by IAM for redis 6",
      { UserGroupIds: ["iam"], EngineVersion: "6.2" },
      "InvalidParameterCombinationException",
    ],
    [
      "a mode without encryption",
      { TransitEncryptionEnabled: false, TransitEncryptionMode: "required" },
      "InvalidParameterCombinationException",
    ],
  ])("%s is refused", async (_what, over, code) => {
    const h = harness();
    users(h);
    await h.settle();
    const error = thrown(() => h.call("CreateReplicationGroup", { ...group, ...over }));
    expect(error.code).toBe(code);
    if (over.AuthToken !== undefined) expect(error.message).not.toContain(over.AuthToken);
    expect(h.plane.state.groups.all()).toEqual([]);
  });

  test("a user group that is being modified is not for use yet", async () => {
    const h = harness();
    users(h);
    expect(codeOf(() => h.call("CreateReplicationGroup", { ...group, UserGroupIds: ["ug"] }))).toBe(
      "InvalidUserGroupStateFault",
    );
  });

  test("valkey takes user groups of both engines", async () => {
    const h = await withGroup({ Engine: "valkey", UserGroupIds: ["vk"] });
    expect(engine(h)?.users?.map(({ name }) => name)).toEqual(["application"]);
  });
});

describe("the AUTH token of a group", () => {
  test("ROTATE leaves the former one valid, SET ends that", async () => {
    const h = await withGroup({ AuthToken: first });
    expect(modify(h, { AuthToken: second })).toMatchObject({
      Status: "modifying",
      PendingModifiedValues: { AuthTokenStatus: "ROTATING" },
    });
    expect(codeOf(() => modify(h, { AuthToken: first }))).toBe("InvalidReplicationGroupStateFault");
    await h.settle();
    expect(shown(h)).toMatchObject({ Status: "available", PendingModifiedValues: {} });
    expect(engine(h)).toEqual(token(first, second));
    expect(modify(h, { AuthToken: second, AuthTokenUpdateStrategy: "SET" })?.PendingModifiedValues).toMatchObject({
      AuthTokenStatus: "SETTING",
    });
    await h.settle();
    expect(engine(h)).toEqual(token(second));
  });

  test("a third one takes the place of the oldest", async () => {
    const h = await withGroup({ AuthToken: first });
    for (const AuthToken of [second, `${second}-3`]) {
      modify(h, { AuthToken, AuthTokenUpdateStrategy: "ROTATE" });
      await h.settle();
    }
    expect(engine(h)).toEqual(token(second, `${second}-3`));
  });

  test("comes to a group without one in two steps", async () => {
    const h = await withGroup();
    expect(codeOf(() => modify(h, { AuthToken: first, AuthTokenUpdateStrategy: "SET" }))).toBe(
      "InvalidParameterCombinationException",
    );
    modify(h, { AuthToken: first });
    await h.settle();
    expect(engine(h)).toEqual({ tls: "required" });
    modify(h, { AuthToken: first, AuthTokenUpdateStrategy: "SET" });
    await h.settle();
    expect(engine(h)).toEqual(token(first));
  });

  test("DELETE goes over to user groups, SET comes back from them", async () => {
    const h = await withGroup({ AuthToken: first });
    expect(codeOf(() => modify(h, { AuthTokenUpdateStrategy: "DELETE" }))).toBe("InvalidParameterCombinationException");
    expect(codeOf(() => modify(h, { UserGroupIdsToAdd: ["ug"] }))).toBe("InvalidParameterCombinationException");
    modify(h, { AuthTokenUpdateStrategy: "DELETE", UserGroupIdsToAdd: ["ug"] });
    await h.settle();
    expect(shown(h)).toMatchObject({ AuthTokenEnabled: false, UserGroupIds: ["ug"] });
    expect(engine(h)?.users).toHaveLength(2);
    modify(h, { RemoveUserGroups: true, AuthToken: second, AuthTokenUpdateStrategy: "SET" });
    await h.settle();
    expect(engine(h)).toEqual(token(second));
    expect(shown(h)?.UserGroupIds).toBeUndefined();
  });

  test.each<[Modify, string]>([
    [{ AuthTokenUpdateStrategy: "ROTATE" }, "InvalidParameterCombinationException"],
    [{ AuthToken: first, AuthTokenUpdateStrategy: "DELETE" }, "InvalidParameterCombinationException"],
    [{ AuthToken: "short" }, "InvalidParameterValueException"],
    [{ UserGroupIdsToAdd: ["absent"] }, "UserGroupNotFoundFault"],
    [{ UserGroupIdsToRemove: ["ug"] }, "InvalidParameterValueException"],
    [{ TransitEncryptionEnabled: false }, "InvalidParameterCombinationException"],
  ])("%j is refused and changes nothing", async (input, code) => {
    const h = await withGroup();
    expect(codeOf(() => modify(h, { ReplicationGroupDescription: "new", ...input }))).toBe(code);
    expect(shown(h)).toMatchObject({ Status: "available", Description: "d" });
  });

  test("a standalone cluster has one, too; a member's is its group's to change", async () => {
    const h = await withGroup({ AuthToken: first });
    const cluster = { CacheClusterId: "c", TransitEncryptionEnabled: true, AuthToken: first };
    h.call("CreateCacheCluster", cluster);
    await h.settle();
    h.call("ModifyCacheCluster", { CacheClusterId: "c", AuthToken: second });
    await h.settle();
    const standalone = [...h.backend.nodes.values()].find(({ spec }) => spec.resourceId === "c");
    expect(standalone?.spec.access).toEqual(token(first, second));
    expect(codeOf(() => h.call("ModifyCacheCluster", { CacheClusterId: "g-001", AuthToken: second }))).toBe(
      "InvalidCacheClusterStateFault",
    );
    const memcached = { CacheClusterId: "m", Engine: "memcached", AuthToken: first, TransitEncryptionEnabled: true };
    expect(codeOf(() => h.call("CreateCacheCluster", memcached))).toBe("InvalidParameterCombinationException");
  });
});

describe("encryption in transit", () => {
  const specs = (h: Harness) =>
    [...h.backend.nodes.values()].map(({ spec, status }) => [spec.access?.tls, status.instance]);

  test("comes and goes in two steps, with a new engine for each member at each", async () => {
    const h = await withGroup({ TransitEncryptionEnabled: false, NumCacheClusters: 2 });
    const before = specs(h);
    expect(before.map(([tls]) => tls)).toEqual([undefined, undefined]);
    expect(codeOf(() => modify(h, { TransitEncryptionEnabled: true }))).toBe("InvalidParameterCombinationException");
    for (const step of [
      { TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" },
      { TransitEncryptionEnabled: false },
      { TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" },
      { TransitEncryptionMode: "required" },
      { TransitEncryptionMode: "preferred" },
    ] as const) {
      const former = specs(h);
      expect(modify(h, step)?.Status).toBe("modifying");
      await h.settle();
      const mode = step.TransitEncryptionEnabled === false ? undefined : step.TransitEncryptionMode;
      expect(shown(h)).toMatchObject({ Status: "available", TransitEncryptionEnabled: mode !== undefined });
      expect(shown(h)?.TransitEncryptionMode).toBe(mode);
      expect(specs(h).map(([tls]) => tls)).toEqual([mode, mode]);
      for (const [index, [, instance]] of specs(h).entries()) expect(instance).not.toBe(former[index]?.[1]);
    }
  });

  test("does not go at once where it is required", async () => {
    const h = await withGroup({ TransitEncryptionMode: "required" });
    expect(codeOf(() => modify(h, { TransitEncryptionEnabled: false }))).toBe("InvalidParameterCombinationException");
    expect(shown(h)).toMatchObject({ Status: "available", TransitEncryptionMode: "required" });
  });

  test("stays while a token or a user group needs it", async () => {
    const h = await withGroup({ AuthToken: first, TransitEncryptionMode: "preferred" });
    expect(codeOf(() => modify(h, { TransitEncryptionEnabled: false }))).toBe("InvalidParameterCombinationException");
    modify(h, { TransitEncryptionMode: "required" });
    await h.settle();
    expect(engine(h)).toEqual(token(first));
  });
});

describe("users of a running engine", () => {
  const userStatus = (h: Harness) => h.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.Status;
  const namesOf = (h: Harness) => engine(h)?.users?.map(({ name }) => name);

  test("a changed user is modifying until the engine has it", async () => {
    const h = await withGroup({ UserGroupIds: ["ug"] });
    const release = h.backend.hold("applyAccess");
    h.call("ModifyUser", { UserId: "app", AccessString: "on ~* +@all", Passwords: [second] });
    await h.settle();
    expect(userStatus(h)).toBe("modifying");
    release();
    await h.settle();
    expect(userStatus(h)).toBe("active");
    expect(engine(h)?.users?.[1]).toMatchObject({ rules: "on ~* +@all", passwordHashes: [passwordHash(second)] });
  });

  test("members that come and go, users that are deleted, and another group reach it", async () => {
    const h = await withGroup({ UserGroupIds: ["ug"] });
    h.call("ModifyUserGroup", { UserGroupId: "ug", UserIdsToAdd: ["mine"], UserIdsToRemove: ["default"] });
    await h.settle();
    expect(engine(h)?.users?.map(({ name, open }) => [name, open])).toEqual([
      ["application", false],
      ["default", false],
    ]);
    h.call("DeleteUser", { UserId: "app" });
    await h.settle();
    expect(namesOf(h)).toEqual(["default"]);
    modify(h, { UserGroupIdsToAdd: ["other"], UserGroupIdsToRemove: ["ug"] });
    expect(shown(h)?.PendingModifiedValues).toEqual({
      UserGroups: { UserGroupIdsToAdd: ["other"], UserGroupIdsToRemove: ["ug"] },
    });
    await h.settle();
    expect(namesOf(h)).toEqual(["default"]);
    modify(h, { RemoveUserGroups: true });
    await h.settle();
    expect(engine(h)).toEqual({ tls: "required" });
  });

  test("an engine that cannot be reached is asked again; an event says so", async () => {
    const h = await withGroup({ UserGroupIds: ["ug"] });
    h.backend.fail("applyAccess", new CacheBackendError("FC_CACHE_ACCESS_FAILED", "no answer"));
    h.call("ModifyUser", { UserId: "app", AccessString: "off" });
    await h.settle();
    expect(userStatus(h)).toBe("modifying");
    expect(h.eventsOf("g")).toContain("The users of the cache cluster could not be changed yet: no answer");
    await h.clock.advance(1_000);
    expect(userStatus(h)).toBe("active");
    expect(engine(h)?.users?.[1]?.rules).toBe("off");
  });

  test("what a dead process did not finish is brought by the next", async () => {
    const h = await withGroup({ UserGroupIds: ["ug"] });
    h.backend.hold("applyAccess");
    h.call("ModifyUserGroup", { UserGroupId: "ug", UserIdsToRemove: ["app"] });
    modify(h, { RemoveUserGroups: true });
    await h.plane.tasks.stop();
    const next = harness({ previous: h });
    next.backend.hold("applyAccess")();
    next.recover();
    await next.settle();
    expect(engine(next)).toEqual({ tls: "required" });
    expect(shown(next)).toMatchObject({ Status: "available" });
    expect(next.call("DescribeUserGroups", { UserGroupId: "ug" }).UserGroups?.[0]).toMatchObject({
      Status: "active",
      UserIds: ["default"],
      ReplicationGroups: [],
    });
  });

  test("a group in use cannot be deleted, and takes no IAM users for redis 6", async () => {
    const h = await withGroup({ UserGroupIds: ["ug"], EngineVersion: "6.2" });
    expect(codeOf(() => h.call("DeleteUserGroup", { UserGroupId: "ug" }))).toBe("InvalidUserGroupStateFault");
    const iam = { AuthenticationMode: { Type: "iam" as const } };
    expect(codeOf(() => h.call("ModifyUserGroup", { UserGroupId: "ug", UserIdsToAdd: ["token"] }))).toBe(
      "InvalidParameterCombinationException",
    );
    h.call("CreateUser", { UserId: "same", UserName: "same", Engine: "redis", AccessString: "on", Passwords: [first] });
    h.call("ModifyUserGroup", { UserGroupId: "ug", UserIdsToAdd: ["same"] });
    await h.settle();
    expect(codeOf(() => h.call("ModifyUser", { UserId: "same", ...iam }))).toBe("InvalidParameterCombinationException");
  });

  test("a primary that is retained keeps its token", async () => {
    const h = await withGroup({ AuthToken: first });
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "g", RetainPrimaryCluster: true });
    await h.settle();
    h.call("RebootCacheCluster", { CacheClusterId: "g-001", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(engine(h)).toEqual(token(first));
  });
});
