import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, thrown } from "../../test/harness.ts";

const password = "password-of-a-test";
const other = "another-password-1";
const user = {
  UserId: "App",
  UserName: "app",
  Engine: "redis",
  AccessString: "on ~app:* +@read",
  Passwords: [password],
};

function withUser(): Harness {
  const h = harness();
  h.call("CreateUser", user);
  return h;
}

const usersOf = (h: Harness): (string | undefined)[] =>
  (h.call("DescribeUsers", {}).Users ?? []).map(({ UserId }) => UserId);

describe("CreateUser", () => {
  test("shows everything but the passwords, and keeps them only as hashes", () => {
    const h = withUser();
    const shown = h.call("DescribeUsers", { UserId: "APP" }).Users?.[0];
    expect(shown).toMatchObject({
      UserId: "app",
      UserName: "app",
      Status: "active",
      Engine: "redis",
      MinimumEngineVersion: "6.0",
      AccessString: "on ~app:* +@read",
      UserGroupIds: [],
      Authentication: { Type: "password", PasswordCount: 1 },
      ARN: "arn:aws:elasticache:us-east-1:111122223333:user:app",
    });
    expect(JSON.stringify(h.plane.state.users.all())).not.toContain(password);
    expect(JSON.stringify([shown, h.eventsOf("app")])).not.toContain(password);
  });

  test("there is a user default that nobody made, changes or deletes", () => {
    const h = harness();
    expect(h.call("DescribeUsers", {}).Users).toMatchObject([
      { UserId: "default", UserName: "default", AccessString: "on ~* +@all", Authentication: { Type: "no-password" } },
    ]);
    expect(codeOf(() => h.call("ModifyUser", { UserId: "default", AccessString: "off" }))).toBe(
      "InvalidParameterValueException",
    );
    expect(codeOf(() => h.call("DeleteUser", { UserId: "default" }))).toBe("InvalidParameterValueException");
    expect(codeOf(() => h.call("CreateUser", { ...user, UserId: "default" }))).toBe("UserAlreadyExistsFault");
  });

  test.each([
    ["two passwords", { Passwords: [password, other] }, { Type: "password", PasswordCount: 2 }],
    ["none", { Passwords: [], NoPasswordRequired: true }, { Type: "no-password" }],
    [
      "a mode",
      { Passwords: [], AuthenticationMode: { Type: "password", Passwords: [password] } },
      { PasswordCount: 1 },
    ],
    [
      "a mode without",
      { Passwords: [], AuthenticationMode: { Type: "no-password-required" } },
      { Type: "no-password" },
    ],
    ["IAM", { Passwords: [], AuthenticationMode: { Type: "iam" } }, { Type: "iam" }],
  ] as const)("authentication: %s", (_what, over, shown) => {
    const h = harness();
    expect(h.call("CreateUser", { ...user, ...over }).Authentication).toMatchObject(shown);
  });

  test.each([
    ["no authentication", { Passwords: [] }, "InvalidParameterValueException"],
    ["three passwords", { Passwords: [password, other, `${other}2`] }, "InvalidParameterValueException"],
    ["a short password", { Passwords: ["short"] }, "InvalidParameterValueException"],
    ["both", { NoPasswordRequired: true }, "InvalidParameterCombinationException"],
    ["a mode beside passwords", { AuthenticationMode: { Type: "iam" } }, "InvalidParameterCombinationException"],
    [
      "another name for IAM",
      { Passwords: [], UserName: "x", AuthenticationMode: { Type: "iam" } },
      "InvalidParameterValueException",
    ],
    [
      "valkey without password",
      { Passwords: [], NoPasswordRequired: true, Engine: "valkey" },
      "InvalidParameterCombinationException",
    ],
    ["memcached", { Engine: "memcached" }, "InvalidParameterValueException"],
    ["a blank in the name", { UserName: "a b" }, "InvalidParameterValueException"],
    ["a digit first", { UserId: "1a" }, "InvalidParameterValueException"],
    ["the name of our own user", { UserName: "fakecloud-admin" }, "InvalidParameterValueException"],
  ] as const)("is refused with %s, and nothing is kept", (_what, over, code) => {
    const h = harness();
    const error = thrown(() => h.call("CreateUser", { ...user, ...over }));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain(password);
    expect(usersOf(h)).toEqual(["default"]);
  });

  test("an id is taken once, in any case", () => {
    const h = withUser();
    expect(codeOf(() => h.call("CreateUser", { ...user, UserId: "APP" }))).toBe("UserAlreadyExistsFault");
  });

  test("ends at the quota", () => {
    const h = harness();
    const made = h.call("CreateUser", { ...user, UserId: "u" });
    expect(made.UserId).toBe("u");
    const [record] = h.plane.state.users.all();
    if (record === undefined) throw new Error("the user is not stored");
    for (let index = 1; index < 1000; index += 1) h.plane.state.users.set({ ...record, id: `u${index}` });
    expect(codeOf(() => h.call("CreateUser", user))).toBe("UserQuotaExceededFault");
  });
});

describe("access strings", () => {
  const rulesOf = (AccessString: string): string | undefined =>
    harness().call("CreateUser", { ...user, AccessString }).AccessString;

  test.each([
    ["on ~* +@all", "on ~* +@all"],
    ["  on   ~app::*  -@ALL +@Read +SET ", "on ~app::* -@all +@read +set"],
    ["~* +@all", "off ~* +@all"],
    ["off", "off"],
    ["on %R~a* %W~b* %RW~c* &ch:* +client|list -flushall", "on %R~a* %W~b* %RW~c* &ch:* +client|list -flushall"],
    ["on ~a (+get ~b*) (+SET ~c)", "on ~a (+get ~b*) (+set ~c)"],
    ["on allkeys allchannels allcommands", "on allkeys allchannels allcommands"],
  ])("%s", (given, kept) => {
    expect(rulesOf(given)).toBe(kept);
  });

  test.each([
    [">secretpassword"],
    ["on nopass"],
    ["on #abc"],
    ["on reset"],
    ["on resetpass"],
    ["on +nosuchcommand"],
    ["on +@nosuchcategory"],
    ["on +client|nosuch"],
    ["on +config"],
    ["on +config|get"],
    ["on -acl|setuser"],
    ["on (+get ~a"],
    ["on ()"],
    ["on (on ~a)"],
    ["on nonsense"],
    ["on ~"],
  ])("%s is refused", (given) => {
    expect(codeOf(() => rulesOf(given))).toBe("InvalidParameterValueException");
  });
});

describe("ModifyUser", () => {
  test("is modifying, then active, with the new rules and passwords", async () => {
    const h = withUser();
    const Passwords = [password, other];
    expect(h.call("ModifyUser", { UserId: "app", AppendAccessString: "+@write", Passwords })).toMatchObject({
      Status: "modifying",
      AccessString: "on ~app:* +@read +@write",
      Authentication: { PasswordCount: 2 },
    });
    expect(codeOf(() => h.call("ModifyUser", { UserId: "app", AccessString: "off" }))).toBe("InvalidUserStateFault");
    await h.settle();
    expect(h.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.Status).toBe("active");
  });

  test.each([
    [{ UserId: "absent", AccessString: "off" }, "UserNotFoundFault"],
    [{ UserId: "app" }, "InvalidParameterCombinationException"],
    [{ UserId: "app", AccessString: "off", AppendAccessString: "on" }, "InvalidParameterCombinationException"],
    [{ UserId: "app", Engine: "memcached" }, "InvalidParameterValueException"],
    [{ UserId: "app", AppendAccessString: "+config" }, "InvalidParameterValueException"],
  ])("%j is refused", (input, code) => {
    const h = withUser();
    expect(codeOf(() => h.call("ModifyUser", input))).toBe(code);
    expect(h.call("DescribeUsers", { UserId: "app" }).Users?.[0]).toMatchObject({ Status: "active" });
  });

  test("the engine goes from redis to valkey, not back", async () => {
    const h = withUser();
    expect(h.call("ModifyUser", { UserId: "app", Engine: "valkey" }).MinimumEngineVersion).toBe("7.2");
    await h.settle();
    expect(codeOf(() => h.call("ModifyUser", { UserId: "app", Engine: "redis" }))).toBe(
      "InvalidParameterValueException",
    );
  });
});

describe("DeleteUser and DescribeUsers", () => {
  test("a deleted user is deleting, then gone with its tags", async () => {
    const h = harness();
    h.call("CreateUser", { ...user, Tags: [{ Key: "k", Value: "v" }] });
    const ResourceName = "arn:aws:elasticache:us-east-1:111122223333:user:app";
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toEqual([{ Key: "k", Value: "v" }]);
    expect(h.call("DeleteUser", { UserId: "app" }).Status).toBe("deleting");
    await h.settle();
    expect(codeOf(() => h.call("DescribeUsers", { UserId: "app" }))).toBe("UserNotFoundFault");
    expect(codeOf(() => h.call("ListTagsForResource", { ResourceName }))).toBe("UserNotFoundFault");
    h.call("CreateUser", user);
    expect(h.call("ListTagsForResource", { ResourceName }).TagList).toEqual([]);
  });

  test("users are listed by page, engine and filter, and belong to account and region", () => {
    const h = withUser();
    h.call("CreateUser", { ...user, UserId: "v", Engine: "valkey" });
    expect(usersOf(h)).toEqual(["app", "default", "v"]);
    const ids = (input: Parameters<typeof h.call<"DescribeUsers">>[1]) =>
      h.call("DescribeUsers", input).Users?.map(({ UserId }) => UserId);
    expect(ids({ Engine: "Valkey" })).toEqual(["v"]);
    expect(ids({ Filters: [{ Name: "UserName", Values: ["app"] }] })).toEqual(["app", "v"]);
    expect(codeOf(() => ids({ Filters: [{ Name: "Shoe", Values: ["1"] }] }))).toBe(
      "InvalidParameterCombinationException",
    );
    expect(h.call("DescribeUsers", {}, { region: "eu-west-1" }).Users).toHaveLength(1);
    expect(h.call("DescribeUsers", {}, { account: "000000000000" }).Users).toHaveLength(1);
  });

  test("a restarted process ends what was under way", async () => {
    const h = withUser();
    h.call("ModifyUser", { UserId: "app", AccessString: "off" });
    await h.plane.tasks.stop();
    const next = harness({ previous: h });
    expect(next.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.Status).toBe("modifying");
    next.recover();
    await next.settle();
    expect(next.call("DescribeUsers", { UserId: "app" }).Users?.[0]?.Status).toBe("active");
  });
});
