import { createHash } from "node:crypto";
import type { CacheNodeSpec, CacheUser } from "@fc/elasticache/backend";
import { expect, test } from "vitest";
import { aclFile, aclUsers } from "./acl-rules.ts";

const spec = (users?: readonly CacheUser[], parameters: Record<string, string> = {}): CacheNodeSpec => ({
  nodeKey: "k",
  account: "000000000000",
  region: "us-east-1",
  resourceType: "cluster",
  resourceId: "c",
  nodeId: "0001",
  engine: "redis",
  engineVersion: "7.1",
  nodeType: "cache.t3.micro",
  port: 6379,
  parameters,
  tags: {},
  ...(users === undefined ? {} : { access: { users } }),
});
const secrets = { adminPassword: () => "secret", iamPassword: (nodeKey: string) => `iam of ${nodeKey}` };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const rulesOf = (wanted: CacheNodeSpec, name: string): string | undefined =>
  aclUsers(wanted, secrets)
    .find((user) => user.name === name)
    ?.rules.join(" ");

test("without users everybody is default, kept from what AWS restricts", () => {
  const [admin, everybody] = aclUsers(spec(), secrets);
  expect(admin).toEqual({
    name: "fakecloud-admin",
    rules: ["on", `#${sha256("secret")}`, "~*", "&*", "+@all"],
  });
  expect(everybody?.name).toBe("default");
  expect(rulesOf(spec(), "default")).toMatch(
    /^nopass allchannels on ~\* &\* \+@all -bgrewriteaof .*-config .*-acl\|setuser/,
  );
});

test("whoever is not listed cannot connect, default included", () => {
  const users = [{ name: "app", rules: "on ~a* +@read", passwordHashes: ["aa", "bb"], open: false }];
  expect(rulesOf(spec(users), "default")).toBe("off");
  expect(rulesOf(spec(users), "app")).toMatch(/^#aa #bb allchannels on ~a\* \+@read -bgrewriteaof/);
  expect(rulesOf(spec(users, { "acl-pubsub-default": "resetchannels" }), "app")).toMatch(/^#aa #bb resetchannels on/);
});

test("a selector is restricted by itself, and is one rule", () => {
  const users = [{ name: "app", rules: "on ~a (+@all ~b)", passwordHashes: [], open: true }];
  const selector = aclUsers(spec(users), secrets)[1]?.rules.find((rule) => rule.startsWith("("));
  expect(selector).toMatch(/^\(\+@all ~b -bgrewriteaof .*-config .*\)$/);
});

test("no user can be in the place of the admin", () => {
  const users = [{ name: "fakecloud-admin", rules: "off", passwordHashes: [], open: true }];
  expect(aclUsers(spec(users), secrets).map(({ name }) => name)).toEqual(["fakecloud-admin", "default"]);
});

test("the file has a line for each", () => {
  expect(
    aclFile([
      { name: "a", rules: ["on", "~*"] },
      { name: "default", rules: ["off"] },
    ]),
  ).toBe("user a on ~*\nuser default off\n");
});

test("a user with IAM authentication has a password of the node, which is nobody's to know", () => {
  const users = [{ name: "app", rules: "on ~* +@read", passwordHashes: [], open: false, iam: true }];
  expect(rulesOf(spec(users), "app")).toMatch(`#${sha256("iam of k")} allchannels on`);
  expect(rulesOf(spec(users), "app")).not.toContain("nopass");
});
