import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { type Harness, harness, start } from "../../test/harness.ts";
import { createIamLogins } from "./iam-login.ts";

const account = "111122223333";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

interface Wanted {
  readonly cache?: string;
  readonly query?: Record<string, string>;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly service?: string;
  readonly seconds?: number;
  readonly signedAtMs?: number;
}

/** A token as AWS documents it, by AWS's own signer. */
async function tokenOf(wanted: Wanted = {}): Promise<string> {
  const { cache = "g", query = { Action: "connect", User: "app" }, region = "us-east-1", seconds = 900 } = wanted;
  const { accessKeyId = account, secretAccessKey = secret, service = "elasticache", signedAtMs = start } = wanted;
  const client = new ElastiCacheClient({ region, credentials: { accessKeyId, secretAccessKey } });
  const signer = await client.config.signer({
    name: "sigv4",
    signingName: service,
    signingRegion: region,
    properties: {},
  });
  if (!isPresigner(signer)) throw new Error("the SDK's signer does not presign");
  const signed = await signer.presign(
    { method: "GET", protocol: "http:", hostname: cache, path: "/", headers: { host: cache }, query },
    { expiresIn: seconds, signingDate: new Date(signedAtMs), signingService: service },
  );
  return `${cache}/?${new URLSearchParams(signed.query)}`;
}

interface Presigner {
  presign(request: object, options: object): Promise<{ readonly query: Record<string, string> }>;
}

function isPresigner(signer: object): signer is Presigner {
  return "presign" in signer;
}

async function withCaches(): Promise<{ readonly h: Harness; readonly group: string; readonly serverless: string }> {
  const h = harness();
  const user = { Engine: "valkey", AccessString: "on ~* +@all" };
  const iam = { Type: "iam" as const };
  for (const id of ["app", "outside"])
    h.call("CreateUser", { ...user, UserId: id, UserName: id, AuthenticationMode: iam });
  h.call("CreateUser", { ...user, UserId: "word", UserName: "word", Passwords: ["a-password-of-words"] });
  h.call("CreateUserGroup", { UserGroupId: "ug", Engine: "valkey", UserIds: ["app", "word"] });
  await h.settle();
  const description = { ReplicationGroupId: "g", ReplicationGroupDescription: "d" };
  h.call("CreateReplicationGroup", {
    ...description,
    Engine: "valkey",
    TransitEncryptionEnabled: true,
    UserGroupIds: ["ug"],
  });
  h.call("CreateServerlessCache", { ServerlessCacheName: "s", Engine: "valkey", UserGroupId: "ug" });
  await h.settle();
  const [group = ""] = h.plane.state.clusters.all().map(({ node }) => node.nodeKey);
  const [serverless = ""] = h.plane.state.serverlessCaches.all().map(({ nodeKey }) => nodeKey);
  return { h, group, serverless };
}

test("the engines know the user, by no password", async () => {
  const { h, group } = await withCaches();
  expect(h.backend.nodes.get(group)?.spec.access?.users).toContainEqual({
    name: "app",
    rules: "on ~* +@all",
    passwordHashes: [],
    open: false,
    iam: true,
  });
});

test("a token opens the cache that it names to the user that it names, for 15 minutes", async () => {
  const { h, group, serverless } = await withCaches();
  const allows = createIamLogins(h.plane.state, { secrets: { [account]: secret }, clock: h.clock });
  const token = await tokenOf();
  expect(allows({ nodeKey: group, user: "app", token })).toBe(true);
  expect(allows({ nodeKey: serverless, user: "app", token })).toBe(false);
  expect(allows({ nodeKey: "nobody's", user: "app", token })).toBe(false);
  const query = { Action: "connect", User: "app", ResourceType: "ServerlessCache" };
  const other = await tokenOf({ cache: "s", query });
  expect(allows({ nodeKey: serverless, user: "app", token: other })).toBe(true);
  await h.clock.advance(900_000);
  expect(allows({ nodeKey: group, user: "app", token })).toBe(true);
  await h.clock.advance(1);
  expect(allows({ nodeKey: group, user: "app", token })).toBe(false);
});

test.each<[string, Wanted, string?]>([
  ["of another cache", { cache: "other" }],
  ["of another user", { query: { Action: "connect", User: "outside" } }],
  ["of a user who is not in the group", { query: { Action: "connect", User: "outside" } }, "outside"],
  ["of a user with passwords", { query: { Action: "connect", User: "word" } }, "word"],
  ["of another action", { query: { Action: "DescribeUsers", User: "app" } }],
  ["of another kind of resource", { query: { Action: "connect", User: "app", ResourceType: "ServerlessCache" } }],
  ["of another service", { service: "rds-db" }],
  ["of another region", { region: "eu-west-1" }],
  ["of another account", { accessKeyId: "999988887777" }],
  ["that is good for longer than AWS's are", { seconds: 901 }],
  ["that is not valid yet", { signedAtMs: start + 16 * 60_000 }],
])("a token %s is refused, with and without keys", async (_what, wanted, user = "app") => {
  const { h, group } = await withCaches();
  const token = await tokenOf(wanted);
  const keys = { [account]: secret, "999988887777": secret };
  for (const secrets of [keys, undefined])
    expect(createIamLogins(h.plane.state, { secrets, clock: h.clock })({ nodeKey: group, user, token })).toBe(false);
});

test("whose signature counts is a matter of the keys", async () => {
  const { h, group } = await withCaches();
  const asks = (secrets: Record<string, string> | undefined, token: string): boolean =>
    createIamLogins(h.plane.state, { secrets, clock: h.clock })({ nodeKey: group, user: "app", token });
  const wrong = await tokenOf({ secretAccessKey: "another" });
  expect(asks(undefined, wrong)).toBe(true);
  expect(asks({ [account]: secret }, wrong)).toBe(false);
  expect(asks({ known: secret }, await tokenOf({ accessKeyId: "unknown" }))).toBe(false);
  const good = await tokenOf();
  expect(asks({ [account]: secret }, `${good}&User=app`)).toBe(false);
  for (const token of ["", "g", "a-password-of-words", "g/?Action=connect&User=app", "http://", "%"])
    expect(asks(undefined, token), token).toBe(false);
});
