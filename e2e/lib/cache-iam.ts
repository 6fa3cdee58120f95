import {
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  ElastiCacheClient,
  ModifyUserGroupCommand,
  TestFailoverCommand,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { quickly } from "./clients.ts";
import { askRedis, certificateAuthority } from "./redis.ts";

const password = "password-of-the-app-1";

/** Users with IAM authentication, of a server that verifies signatures, with AWS's SDK and ioredis. */
export function cacheIamTests(ground: () => { readonly client: ElastiCacheClient; readonly url: string }): void {
  test("a user of a running group logs in with a signed token, at every endpoint, and after a failover", async () => {
    const { client, url } = ground();
    const user = { Engine: "valkey", AccessString: "on ~* +@all" };
    await client.send(new CreateUserCommand({ ...user, UserId: "words", UserName: "words", Passwords: [password] }));
    const iam = { UserId: "signer", UserName: "signer", AuthenticationMode: { Type: "iam" } } as const;
    await client.send(new CreateUserCommand({ ...user, ...iam }));
    await client.send(new CreateUserGroupCommand({ UserGroupId: "signers", Engine: "valkey", UserIds: ["words"] }));
    const groupStatus = async (): Promise<string | undefined> =>
      (await client.send(new DescribeUserGroupsCommand({ UserGroupId: "signers" }))).UserGroups?.[0]?.Status;
    await expect.poll(groupStatus).toBe("active");
    const endpoints = await createPair(client);
    const tls = { ca: await certificateAuthority(url) };
    const writer = { ...endpoints.writer, tls };
    expect(await askRedis({ ...writer, username: "words", password }, "SET", "k", "v")).toBe("OK");
    await client.send(new ModifyUserGroupCommand({ UserGroupId: "signers", UserIdsToAdd: ["signer"] }));
    await expect.poll(groupStatus, { timeout: 60_000 }).toBe("active");

    const signed = { username: "signer", password: await connectToken(client, "signed", "signer") };
    expect(await askRedis({ ...writer, ...signed }, "GET", "k")).toBe("v");
    expect(await askRedis({ ...endpoints.reader, tls, ...signed }, "GET", "k")).toBe("v");
    expect(await askRedis({ ...writer, username: "words", password }, "GET", "k")).toBe("v");
    const stranger = new ElastiCacheClient({
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "guessed" },
    });
    const refused = [await connectToken(stranger, "signed", "signer"), await connectToken(client, "other", "signer")];
    for (const each of [...refused, password])
      await expect(askRedis({ ...writer, username: "signer", password: each })).rejects.toThrow(/WRONGPASS/);

    await client.send(new TestFailoverCommand({ ReplicationGroupId: "signed", NodeGroupId: "0001" }));
    await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId: "signed" });
    expect(await askRedis({ ...writer, ...signed }, "APPEND", "k", "w")).toBe(2);
  });
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

async function createPair(
  client: ElastiCacheClient,
): Promise<{ readonly writer: Endpoint; readonly reader: Endpoint }> {
  const ReplicationGroupId = "signed";
  await client.send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId,
      ReplicationGroupDescription: "for tests",
      Engine: "valkey",
      CacheNodeType: "cache.t3.micro",
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      TransitEncryptionEnabled: true,
      UserGroupIds: ["signers"],
    }),
  );
  await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId });
  const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }));
  const { PrimaryEndpoint, ReaderEndpoint } = ReplicationGroups?.[0]?.NodeGroups?.[0] ?? {};
  const at = ({ Address = "", Port = 0 } = {}): Endpoint => ({ host: Address, port: Port });
  return { writer: at(PrimaryEndpoint), reader: at(ReaderEndpoint) };
}

/** A token as AWS documents it, by the SDK's own signer: a presigned `connect` request without its scheme. */
async function connectToken(client: ElastiCacheClient, cache: string, user: string): Promise<string> {
  const region = await client.config.region();
  const scheme = { name: "sigv4", signingName: "elasticache", signingRegion: region, properties: {} };
  const signer = await client.config.signer(scheme);
  if (!isPresigner(signer)) throw new Error("the SDK's signer does not presign");
  const query = { Action: "connect", User: user };
  const request = { method: "GET", protocol: "http:", hostname: cache, path: "/", headers: { host: cache }, query };
  const signed = await signer.presign(request, { expiresIn: 900, signingService: "elasticache" });
  return `${cache}/?${new URLSearchParams(signed.query)}`;
}

interface Presigner {
  presign(request: object, options: object): Promise<{ readonly query: Record<string, string> }>;
}

function isPresigner(signer: object): signer is Presigner {
  return "presign" in signer;
}
