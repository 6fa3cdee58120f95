import {
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteUserCommand,
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  type ElastiCacheClient,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
  ModifyUserCommand,
  ModifyUserGroupCommand,
  RebootCacheClusterCommand,
  TestFailoverCommand,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { quickly } from "./clients.ts";
import { askRedis, certificateAuthority, connectRedis, type RedisAddress } from "./redis.ts";

const first = "the-first-token-of-all";
const second = "the-second-token-of-all";
const password = "password-of-the-app-1";

interface Ground {
  readonly client: ElastiCacheClient;
  readonly url: string;
}

/** What an application and its administrator do about access, with AWS's SDK and ioredis. */
export function cacheAccessTests(ground: () => Ground): void {
  const send = <T>(work: (client: ElastiCacheClient) => Promise<T>): Promise<T> => work(ground().client);

  async function available(
    ReplicationGroupId: string,
    which: "PrimaryEndpoint" | "ReaderEndpoint" = "PrimaryEndpoint",
  ): Promise<{ host: string; port: number }> {
    return await send(async (client) => {
      await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId });
      const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }));
      const { Address = "", Port = 0 } = ReplicationGroups?.[0]?.NodeGroups?.[0]?.[which] ?? {};
      return { host: Address, port: Port };
    });
  }

  async function createGroup(id: string, more: object): Promise<RedisAddress> {
    await send((client) =>
      client.send(
        new CreateReplicationGroupCommand({
          ReplicationGroupId: id,
          ReplicationGroupDescription: "for tests",
          Engine: "redis",
          CacheNodeType: "cache.t3.micro",
          TransitEncryptionEnabled: true,
          ...more,
        }),
      ),
    );
    return { ...(await available(id)), tls: { ca: await certificateAuthority(ground().url) } };
  }

  const modify = (id: string, input: Omit<ModifyReplicationGroupCommandInput, "ReplicationGroupId">) =>
    send((client) =>
      client.send(new ModifyReplicationGroupCommand({ ReplicationGroupId: id, ApplyImmediately: true, ...input })),
    ).then(() => available(id));

  test("an AUTH token over TLS: asked for, rotated under a connection that stays, kept by a reboot", async () => {
    const at = await createGroup("tokens", { AuthToken: first });
    await expect(askRedis(at)).rejects.toThrow(/NOAUTH|WRONGPASS/);
    await expect(askRedis({ ...at, password: "not-the-token-of-all" })).rejects.toThrow(/WRONGPASS/);
    await expect(askRedis({ host: at.host, port: at.port, password: first })).rejects.toThrow();
    const { tls: _trusted, ...address } = at;
    await expect(askRedis({ ...address, tls: {}, password: first })).rejects.toThrow(/certificate/i);
    const staying = connectRedis({ ...at, password: first }).redis;
    expect(await staying.set("k", "v")).toBe("OK");
    await modify("tokens", { AuthToken: second, AuthTokenUpdateStrategy: "ROTATE" });
    for (const each of [first, second]) expect(await askRedis({ ...at, password: each }, "GET", "k")).toBe("v");
    await modify("tokens", { AuthToken: second, AuthTokenUpdateStrategy: "SET" });
    await expect(askRedis({ ...at, password: first })).rejects.toThrow(/WRONGPASS/);
    expect(await staying.get("k")).toBe("v");
    staying.disconnect();
    await send((client) =>
      client.send(new RebootCacheClusterCommand({ CacheClusterId: "tokens-001", CacheNodeIdsToReboot: ["0001"] })),
    );
    await send((client) => expectClusterAvailable(client, "tokens"));
    expect(await askRedis({ ...at, password: second }, "GET", "k")).toBe("v");
    await expect(askRedis(at)).rejects.toThrow(/NOAUTH/);
  });

  test("users of a user group: names, passwords, rules, and changes while they are connected", async () => {
    const userStatus = (UserId: string) =>
      send((client) => client.send(new DescribeUsersCommand({ UserId }))).then(({ Users }) => Users?.[0]?.Status);
    const groupStatus = () =>
      send((client) => client.send(new DescribeUserGroupsCommand({ UserGroupId: "team" }))).then(
        ({ UserGroups }) => UserGroups?.[0]?.Status,
      );
    await send(async (client) => {
      const app = { UserId: "app-id", UserName: "app", Engine: "redis", AccessString: "on ~app:* +@read +set" };
      await client.send(new CreateUserCommand({ ...app, Passwords: [password] }));
      const closed = { UserId: "closed", UserName: "default", Engine: "redis", AccessString: "off -@all" };
      await client.send(new CreateUserCommand({ ...closed, Passwords: [second] }));
      await client.send(
        new CreateUserGroupCommand({ UserGroupId: "team", Engine: "redis", UserIds: ["app-id", "closed"] }),
      );
    });
    await expect.poll(groupStatus).toBe("active");
    const at = await createGroup("users", { UserGroupIds: ["team"] });
    const app = { ...at, username: "app", password };
    await expect(askRedis(at)).rejects.toThrow(/NOAUTH/);
    expect(await askRedis(app, "SET", "app:k", "v")).toBe("OK");
    await expect(askRedis(app, "SET", "other", "v")).rejects.toThrow(/NOPERM/);
    await expect(askRedis(app, "DEL", "app:k")).rejects.toThrow(/NOPERM/);
    await expect(askRedis(app, "CONFIG", "GET", "*")).rejects.toThrow(/NOPERM/);
    const staying = connectRedis(app).redis;
    expect(await staying.get("app:k")).toBe("v");
    const change = { UserId: "app-id", Passwords: [first], AppendAccessString: "+del" };
    await send((client) => client.send(new ModifyUserCommand(change)));
    await expect.poll(() => userStatus("app-id")).toBe("active");
    await expect(askRedis(app)).rejects.toThrow(/WRONGPASS/);
    expect(await staying.del("app:k")).toBe(1);
    await send((client) =>
      client.send(new ModifyUserGroupCommand({ UserGroupId: "team", UserIdsToRemove: ["app-id"] })),
    );
    await expect.poll(groupStatus).toBe("active");
    await expect(staying.get("app:k")).rejects.toThrow();
    await expect(askRedis({ ...app, password: first })).rejects.toThrow(/WRONGPASS/);
    await send((client) => client.send(new DeleteUserCommand({ UserId: "app-id" })));
    await expect.poll(() => userStatus("app-id").catch((error: Error) => error.name)).toBe("UserNotFoundFault");
    staying.disconnect();
  });

  test("a replica takes the token over TLS, too, and is the primary with it after a failover", async () => {
    const at = await createGroup("pair", { AuthToken: first, NumCacheClusters: 2, AutomaticFailoverEnabled: true });
    const reader = { ...at, ...(await available("pair", "ReaderEndpoint")), password: first };
    const writer = { ...at, password: first };
    expect(await askRedis(writer, "SET", "k", "v")).toBe("OK");
    await expect(askRedis({ ...reader, password: second })).rejects.toThrow(/WRONGPASS/);
    await expect.poll(() => askRedis(reader, "GET", "k")).toBe("v");
    await expect(askRedis(reader, "SET", "k", "w")).rejects.toThrow(/READONLY/);
    await expect(askRedis(reader, "REPLICAOF", "NO", "ONE")).rejects.toThrow(/NOPERM/);
    await modify("pair", { AuthToken: second });
    await send((client) => client.send(new TestFailoverCommand({ ReplicationGroupId: "pair", NodeGroupId: "0001" })));
    await available("pair");
    for (const password of [first, second]) expect(await askRedis({ ...at, password }, "INCR", "n")).toBeGreaterThan(0);
    await expect(askRedis(at)).rejects.toThrow(/NOAUTH/);
  });

  test("a cache in clear goes over to TLS by way of preferred, and back, with its data, at its address", async () => {
    const { tls, ...at } = await createGroup("over", { TransitEncryptionEnabled: false });
    expect(await askRedis(at, "SET", "k", "v")).toBe("OK");
    const preferred = { TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" } as const;
    expect(await modify("over", preferred)).toEqual(at);
    expect([await askRedis(at, "GET", "k"), await askRedis({ ...at, ...(tls && { tls }) }, "GET", "k")]).toEqual([
      "v",
      "v",
    ]);
    await modify("over", { TransitEncryptionMode: "required" });
    expect(await askRedis({ ...at, ...(tls && { tls }) }, "GET", "k")).toBe("v");
    await expect(askRedis(at)).rejects.toThrow();
    await modify("over", { TransitEncryptionMode: "preferred" });
    expect(await modify("over", { TransitEncryptionEnabled: false })).toEqual(at);
    expect(await askRedis(at, "GET", "k")).toBe("v");
  });

  test("nothing that an administrator sees has a secret in it", async () => {
    const lists = ["clusters", "replication-groups", "acls"].map(
      (list) => `${ground().url}/_fakecloud/elasticache/${list}`,
    );
    const seen = await Promise.all(lists.map(async (url) => await (await fetch(url)).text()));
    expect(seen.join()).toContain("team");
    for (const secret of [first, second, password]) expect(seen.join()).not.toContain(secret);
  });
}

async function expectClusterAvailable(client: ElastiCacheClient, ReplicationGroupId: string): Promise<void> {
  await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId });
}
