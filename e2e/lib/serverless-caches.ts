import { connect as connectTls } from "node:tls";
import {
  CreateServerlessCacheCommand,
  type CreateServerlessCacheCommandInput,
  CreateServerlessCacheSnapshotCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteServerlessCacheCommand,
  DeleteServerlessCacheSnapshotCommand,
  DescribeEventsCommand,
  DescribeServerlessCacheSnapshotsCommand,
  DescribeServerlessCachesCommand,
  type ElastiCacheClient,
  ModifyServerlessCacheCommand,
  type ServerlessCache,
} from "@aws-sdk/client-elasticache";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { askRedis, certificateAuthority } from "./redis.ts";

const password = "password-of-the-app-1";
const patience = { timeout: 90_000, interval: 250 };

export interface ServerlessGround {
  readonly client: ElastiCacheClient;
  readonly url: string;
  /** Names of the Pods with these labels. */
  readonly pods: (selector: string) => Promise<string[]>;
  readonly deletePod: (name: string) => Promise<unknown>;
}

/** The cache as it is described, undefined when there is none. */
export async function describeCache(client: ElastiCacheClient, name: string): Promise<ServerlessCache | undefined> {
  const { ServerlessCaches } = await client.send(new DescribeServerlessCachesCommand({}));
  return ServerlessCaches?.find(({ ServerlessCacheName }) => ServerlessCacheName === name);
}

/** Waits until the cache is available. AWS's SDK has no waiter for serverless caches. */
export async function availableCache(client: ElastiCacheClient, name: string): Promise<ServerlessCache> {
  let seen: ServerlessCache | undefined;
  await expect
    .poll(async () => {
      seen = await describeCache(client, name);
      return seen?.Status;
    }, patience)
    .toBe("available");
  return seen ?? {};
}

/** One command on a connection of its own, over TLS that trusts the endpoint's own authority. */
export async function askCache(
  url: string,
  at: { readonly Address?: string | undefined; readonly Port?: number | undefined } | undefined,
  command: readonly string[],
  login: { readonly username?: string; readonly password?: string } = {},
): Promise<unknown> {
  const tls = { ca: await certificateAuthority(url) };
  return await askRedis({ host: at?.Address ?? "", port: at?.Port ?? 0, tls, ...login }, ...command);
}

/** What an application and its administrator do with serverless caches, with AWS's SDK and ioredis. */
export function serverlessCacheTests(ground: () => ServerlessGround): void {
  const create = async (input: CreateServerlessCacheCommandInput): Promise<ServerlessCache> => {
    const { client } = ground();
    const { ServerlessCache } = await client.send(new CreateServerlessCacheCommand(input));
    expect(ServerlessCache).toMatchObject({ Status: "creating" });
    expect(ServerlessCache?.Endpoint).toBeUndefined();
    return await availableCache(client, input.ServerlessCacheName ?? "");
  };
  const ask = (at: ServerlessCache["Endpoint"], ...command: string[]) => askCache(ground().url, at, command);
  const snapshotStatus = async (name: string): Promise<string | undefined> => {
    const { ServerlessCacheSnapshots } = await ground().client.send(
      new DescribeServerlessCacheSnapshotsCommand({ ServerlessCacheSnapshotName: name }),
    );
    return ServerlessCacheSnapshots?.[0]?.Status;
  };

  const messagesOf = async (SourceIdentifier: string): Promise<(string | undefined)[]> => {
    const { Events } = await ground().client.send(
      new DescribeEventsCommand({ SourceIdentifier, SourceType: "serverless-cache" }),
    );
    return Events?.map(({ Message }) => Message) ?? [];
  };

  test("valkey: encrypted at two ports of one address, its data in a snapshot that a new cache starts with", async () => {
    const { client } = ground();
    const limits = { DataStorage: { Maximum: 1, Unit: "GB" as const }, ECPUPerSecond: { Maximum: 5000 } };
    const cache = await create({ ServerlessCacheName: "orders", Engine: "valkey", CacheUsageLimits: limits });
    expect(cache).toMatchObject({ CacheUsageLimits: limits, Endpoint: { Port: 6379 }, ReaderEndpoint: { Port: 6380 } });
    expect(cache.ReaderEndpoint?.Address).toBe(cache.Endpoint?.Address);
    expect(await ask(cache.Endpoint, "SET", "k", "v")).toBe("OK");
    expect(await ask(cache.ReaderEndpoint, "GET", "k")).toBe("v");
    const { Address = "", Port = 0 } = cache.Endpoint ?? {};
    const plain = new Redis(Port, Address, { lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
    plain.on("error", () => undefined);
    await expect(plain.connect().then(() => plain.get("k"))).rejects.toThrow();
    plain.disconnect();
    const named = { ServerlessCacheSnapshotName: "orders-1" };
    const { ServerlessCacheSnapshot } = await client.send(
      new CreateServerlessCacheSnapshotCommand({ ...named, ServerlessCacheName: "orders" }),
    );
    await expect.poll(() => snapshotStatus("orders-1"), patience).toBe("available");
    const copy = await create({
      ServerlessCacheName: "orders-copy",
      Engine: "valkey",
      SnapshotArnsToRestore: [ServerlessCacheSnapshot?.ARN ?? ""],
    });
    expect(await ask(copy.Endpoint, "GET", "k")).toBe("v");
    await client.send(new DeleteServerlessCacheSnapshotCommand(named));
    await client.send(new DeleteServerlessCacheCommand({ ServerlessCacheName: "orders-copy" }));
    await client.send(
      new DeleteServerlessCacheCommand({ ServerlessCacheName: "orders", FinalSnapshotName: "orders-last" }),
    );
    for (const name of ["orders", "orders-copy"])
      await expect.poll(() => describeCache(client, name), patience).toBeUndefined();
    expect(await snapshotStatus("orders-last")).toBe("available");
    expect(await ground().pods("fakecloud-elasticache=orders")).toEqual([]);
    const again = await create({
      ServerlessCacheName: "orders",
      Engine: "valkey",
      SnapshotArnsToRestore: [(ServerlessCacheSnapshot?.ARN ?? "").replace("orders-1", "orders-last")],
    });
    expect(await ask(again.Endpoint, "GET", "k")).toBe("v");
  });

  test("redis: the endpoint outlives the Pod, with the data; an upgrade to valkey keeps both", async () => {
    const { client, pods, deletePod } = ground();
    const cache = await create({ ServerlessCacheName: "sessions", Engine: "redis" });
    expect(await ask(cache.Endpoint, "SET", "k", "v")).toBe("OK");
    const [pod = ""] = await pods("fakecloud-elasticache=sessions");
    await deletePod(pod);
    await expect
      .poll(() => messagesOf("sessions"), patience)
      .toContainEqual(expect.stringMatching(/^Finished recovery/));
    expect((await availableCache(client, "sessions")).Endpoint).toEqual(cache.Endpoint);
    expect(await ask(cache.Endpoint, "GET", "k")).toBe("v");
    const to = { ServerlessCacheName: "sessions", Engine: "valkey", MajorEngineVersion: "8" };
    await client.send(new ModifyServerlessCacheCommand(to));
    expect(await availableCache(client, "sessions")).toMatchObject({ Engine: "valkey", Endpoint: cache.Endpoint });
    expect(await ask(cache.Endpoint, "GET", "k")).toBe("v");
  });

  test("the users of its user group are who may connect, with their rules", async () => {
    const { client, url } = ground();
    const user = { Engine: "valkey", AccessString: "on ~app:* +@read +set", Passwords: [password] };
    await client.send(new CreateUserCommand({ UserId: "serverless-app", UserName: "app", ...user }));
    await client.send(
      new CreateUserGroupCommand({ UserGroupId: "serverless-team", Engine: "valkey", UserIds: ["serverless-app"] }),
    );
    const UserGroupId = "serverless-team";
    const { Endpoint } = await create({ ServerlessCacheName: "team", Engine: "valkey", UserGroupId });
    await expect(ask(Endpoint, "GET", "app:k")).rejects.toThrow(/NOAUTH/);
    const login = { username: "app", password };
    expect(await askCache(url, Endpoint, ["SET", "app:k", "v"], login)).toBe("OK");
    await expect(askCache(url, Endpoint, ["SET", "k", "v"], login)).rejects.toThrow(/NOPERM/);
    await client.send(new ModifyServerlessCacheCommand({ ServerlessCacheName: "team", RemoveUserGroup: true }));
    await availableCache(client, "team");
    expect(await ask(Endpoint, "GET", "app:k")).toBe("v");
  });

  test("memcached: encrypted at its port", async () => {
    const { Endpoint } = await create({ ServerlessCacheName: "pages", Engine: "memcached" });
    expect(Endpoint?.Port).toBe(11_211);
    const ca = await certificateAuthority(ground().url);
    const socket = connectTls({ host: Endpoint?.Address ?? "", port: Endpoint?.Port ?? 0, ca });
    const answer = new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("data", (data) => resolve(String(data)));
    });
    socket.write("set k 0 0 1\r\nv\r\n");
    expect(await answer).toBe("STORED\r\n");
    socket.destroy();
  });
}
