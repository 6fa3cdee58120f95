import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  CreateServerlessCacheCommand,
  DeleteCacheClusterCommand,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  waitUntilCacheClusterDeleted,
} from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { createCluster, type Endpoint } from "./cache-clusters.ts";
import { quickly } from "./clients.ts";
import { askRedis } from "./redis.ts";
import { describeCache } from "./serverless-caches.ts";

export const patience = { timeout: 60_000, interval: 250 } as const;
/** A machine that dies is told of after half a minute, a disk that is full after a whole one. */
const long = { timeout: 120_000, interval: 250 } as const;

export interface FaultGround {
  readonly client: ElastiCacheClient;
  /** In the namespace of the caches. */
  readonly kubectl: (...args: string[]) => Promise<string>;
  readonly evictPod: (name: string) => Promise<void>;
}

/** The image that no node can pull: the server has it for valkey. */
export const unpullable = "registry.invalid/no-such:1";

/** A script of a customer's that never has enough. No engine counts a script's memory as its own. */
const insatiable = "local all = {} while true do all[#all + 1] = string.rep('x', 1048576) .. #all end";

/** What users see of their caches, by id. */
export interface CacheEyes {
  readonly statusOf: (id: string) => Promise<string | undefined>;
  /** Of its events, oldest first. */
  readonly messagesOf: (id: string) => Promise<string[]>;
  /** What the cluster has of it: `pod/…`, `service/…`. */
  readonly namesOf: (kinds: string, id: string) => Promise<string[]>;
  readonly podOf: (id: string) => Promise<string>;
  readonly ask: (at: Endpoint, ...command: string[]) => Promise<unknown>;
  /** Takes something away from the cache, and resolves when it is available again; its events tell of the loss, and last of its end. */
  readonly survives: (
    id: string,
    fault: () => Promise<unknown>,
    said: { readonly lost: RegExp; readonly recovered: RegExp },
  ) => Promise<void>;
}

/** These, of the caches of a server. */
export function cacheEyes(ground: () => Pick<FaultGround, "client" | "kubectl">): CacheEyes {
  const statusOf: CacheEyes["statusOf"] = async (CacheClusterId) => {
    const { CacheClusters } = await ground().client.send(new DescribeCacheClustersCommand({ CacheClusterId }));
    return CacheClusters?.[0]?.CacheClusterStatus;
  };
  const messagesOf: CacheEyes["messagesOf"] = async (id) => {
    const { Events } = await ground().client.send(new DescribeEventsCommand({ Duration: 60 }));
    return Events?.filter(({ SourceIdentifier }) => SourceIdentifier === id).map(({ Message = "" }) => Message) ?? [];
  };
  const namesOf: CacheEyes["namesOf"] = async (kinds, id) =>
    (await ground().kubectl("get", kinds, "-l", `fakecloud-elasticache=${id}`, "-o", "name"))
      .split("\n")
      .filter((name) => name !== "");
  const survives: CacheEyes["survives"] = async (id, fault, said) => {
    const before = (await messagesOf(id)).length;
    await fault();
    const since = async (): Promise<string[]> => (await messagesOf(id)).slice(before);
    await expect.poll(async () => (await since()).at(-1), long).toMatch(/^Finished recovery for cache nodes 0001/);
    const [first, ...rest] = await since();
    expect(first).toMatch(/^Recovering cache nodes 0001: /);
    expect(first).toMatch(said.lost);
    expect(rest.at(-1)).toMatch(said.recovered);
    await expect.poll(() => statusOf(id), patience).toBe("available");
  };
  return {
    statusOf,
    messagesOf,
    namesOf,
    podOf: async (id) => ((await namesOf("pods", id))[0] ?? "").replace("pod/", ""),
    ask: ({ Address, Port }, ...command) => askRedis({ host: Address, port: Port }, ...command),
    survives,
  };
}

/** What becomes of caches when their Pods are taken from them, or cannot be had: each with its event and status. */
export function cacheFaultTests(ground: () => FaultGround): void {
  const { statusOf, messagesOf, namesOf, podOf, ask, survives } = cacheEyes(ground);

  test("a Pod that is deleted or evicted hands its data over to the next, at the same address", async () => {
    const { client, kubectl, evictPod } = ground();
    const at = await createCluster(client, "handed", "redis");
    expect(await ask(at, "SET", "k", "v")).toBe("OK");
    const handedOver = { lost: /is being deleted|was deleted/, recovered: /\(with its data\)/ };
    const pod = await podOf("handed");
    await survives("handed", () => kubectl("delete", "pod", pod, "--wait=false"), handedOver);
    expect(await ask(at, "GET", "k")).toBe("v");
    await expect.poll(() => namesOf("pods", "handed"), patience).toHaveLength(1);
    const next = await podOf("handed");
    await survives("handed", () => evictPod(next), handedOver);
    expect(await ask(at, "GET", "k")).toBe("v");
    await client.send(new DeleteCacheClusterCommand({ CacheClusterId: "handed" }));
  });

  test("an engine that takes more memory than its node has is killed, and comes back empty at the same address", async () => {
    const { client } = ground();
    const at = await createCluster(client, "greedy", "redis");
    expect(await ask(at, "SET", "k", "v")).toBe("OK");
    const killed = { lost: /has ended \(OOMKilled, exit code 137\)/, recovered: /\(empty\)/ };
    await survives("greedy", () => expect(ask(at, "EVAL", insatiable, "0")).rejects.toThrow(), killed);
    expect(await ask(at, "GET", "k")).toBeNull();
    await client.send(new DeleteCacheClusterCommand({ CacheClusterId: "greedy" }));
  });

  test("an image that cannot be pulled is told in Kubernetes' words, by the statuses of AWS, and nothing is left of it", async () => {
    const { client } = ground();
    const valkey = { Engine: "valkey", CacheNodeType: "cache.t3.micro" };
    await client.send(new CreateCacheClusterCommand({ ...valkey, CacheClusterId: "imageless", NumCacheNodes: 1 }));
    const ReplicationGroupId = "imageless-group";
    const group = { ReplicationGroupId, ReplicationGroupDescription: "for tests", NumCacheClusters: 2 };
    await client.send(new CreateReplicationGroupCommand({ ...valkey, ...group }));
    const ServerlessCacheName = "imageless-serverless";
    await client.send(new CreateServerlessCacheCommand({ ServerlessCacheName, Engine: "valkey" }));
    await expect.poll(() => statusOf("imageless"), patience).toBe("incompatible-network");
    const groupStatus = async (): Promise<string | undefined> =>
      (await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))).ReplicationGroups?.[0]?.Status;
    await expect.poll(groupStatus, patience).toBe("create-failed");
    const serverlessStatus = async () => (await describeCache(client, ServerlessCacheName))?.Status;
    await expect.poll(serverlessStatus, patience).toBe("create-failed");
    for (const id of ["imageless", ReplicationGroupId, ServerlessCacheName]) {
      expect((await messagesOf(id)).at(-1)).toMatch(/(ErrImagePull|ImagePullBackOff).*registry\.invalid\/no-such/s);
      await expect.poll(() => namesOf("pods,services", id), patience).toEqual([]);
    }
    await client.send(new DeleteCacheClusterCommand({ CacheClusterId: "imageless" }));
    await waitUntilCacheClusterDeleted({ client, ...quickly }, { CacheClusterId: "imageless" });
  });
}
