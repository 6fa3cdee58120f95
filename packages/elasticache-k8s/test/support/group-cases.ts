import { createHash } from "node:crypto";
import { connect as connectTo } from "node:net";
import { connect as connectTls } from "node:tls";
import type {
  CacheEngine,
  CacheGroupSpec,
  CacheGroupStatus,
  CacheNodeEvent,
  CacheNodeSpec,
} from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { RespConnection } from "../../src/resp/resp-connection.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, nextEvent, openBench, removeGroup, signal } from "./cases-bench.ts";
import { type Endpoint, redis } from "./engine-client.ts";

const key = (id: string): string => `000000000000/us-east-1/replication-group/${id}/i1`;

/** A replication group of one shard. */
export function groupSpec(
  engine: CacheEngine,
  id: string,
  nodes: number,
  over: Partial<CacheNodeSpec> = {},
): CacheGroupSpec {
  return {
    groupKey: `000000000000/us-east-1/group/${id}/i1`,
    groupId: id,
    automaticFailover: nodes > 1,
    shards: [
      {
        shardId: "0001",
        nodes: Array.from({ length: nodes }, (_, index) => {
          const member = `${id}-00${index + 1}`;
          const node = {
            nodeKey: key(member),
            memberId: member,
            resourceType: "replication-group",
            port: 7001,
          } as const;
          return spec(engine, id, { ...node, ...over });
        }),
      },
    ],
  };
}

/** Endpoints of the only shard, and of its nodes in their order. */
function endpointsOf(spec: CacheGroupSpec, status: CacheGroupStatus) {
  const [shard] = status.shards;
  if (shard === undefined) throw new Error("there is no shard");
  const nodes = spec.shards[0]!.nodes.map(({ nodeKey }) => status.nodes[nodeKey]!);
  return { primary: shard.primaryEndpoint, reader: shard.readerEndpoint, nodes };
}

/** The same behaviour of replication groups on every cluster. */
export function groupCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    const next = (type: CacheNodeEvent["type"], nodeKey?: string): Promise<CacheNodeEvent> =>
      nextEvent(backend, type, nodeKey);
    const replicationOf = async (endpoint: Endpoint): Promise<string> =>
      String(await redis(endpoint, "INFO", "replication"));
    const remove = (group: CacheGroupSpec): Promise<void> => removeGroup(backend, group);
    /** A write that this many replicas have, on one connection: WAIT is about what its own connection wrote. */
    const acknowledge = async (endpoint: Endpoint, replicas: number, ...write: readonly string[]): Promise<void> => {
      using connection = new RespConnection(connectTo({ host: endpoint.address, port: endpoint.port }));
      await connection.call(write);
      expect(await connection.call(["WAIT", String(replicas), "5000"])).toBeGreaterThanOrEqual(replicas);
    };
    const objectsOf = async (id: string): Promise<string[]> => {
      const [pods, services] = await Promise.all([
        client.listPods("fakecloud-service=elasticache"),
        client.listServices("fakecloud-service=elasticache"),
      ]);
      return [...pods, ...services]
        .map(({ metadata }) => metadata?.name ?? "")
        .filter((each) => each.startsWith(`fakecloud-ec-${id}-`));
    };

    beforeAll(async () => {
      bench = await openBench(start, "groups");
      client = bench.client;
      backend = bench.backend({ deleteOnClose: true });
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    for (const engine of ["redis", "valkey"] as const)
      test(`${engine}: replicas have what the primary is written, are read-only, and stand behind the reader endpoint`, async () => {
        const group = groupSpec(engine, `${engine}-three`, 3);
        const { primary, reader, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
        expect([primary.port, reader.port]).toEqual([7001, 7001]);
        await acknowledge(primary, 2, "SET", "k", "v");
        expect(await replicationOf(primary)).toMatch(/role:master\r\nconnected_slaves:2/);
        for (const replica of nodes.slice(1)) {
          expect(await redis(replica.endpoint, "GET", "k")).toBe("v");
          await expect(redis(replica.endpoint, "SET", "k", "w")).rejects.toMatchObject({ kind: "READONLY" });
        }
        expect(await replicationOf(reader)).toContain("role:slave");
        expect(await redis(nodes[0]!.endpoint, "ROLE")).toContain("master");
        await remove(group);
        expect(await objectsOf(group.groupId)).toEqual([]);
      });

    test.each(["required", "preferred"] as const)(
      "with TLS (%s) and a token replicas attach all the same, and the certificate is that of every endpoint",
      async (tls) => {
        const passwordHashes = [createHash("sha256").update("0123456789abcdef").digest("hex")];
        const users = [{ name: "default", rules: "on ~* &* +@all", passwordHashes, open: false }];
        const group = groupSpec("redis", `tls-${tls}`, 2, { access: { tls, users } });
        const { primary, reader, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
        const ca = await backend.certificateAuthority();
        const ask = async (endpoint: Endpoint, ...command: readonly string[]) => {
          using connection = new RespConnection(connectTls({ host: endpoint.address, port: endpoint.port, ca }));
          await connection.call(["AUTH", "0123456789abcdef"]);
          return await connection.call(command);
        };
        expect(await ask(primary, "SET", "k", "v")).toBe("OK");
        for (const endpoint of [reader, nodes[1]!.endpoint])
          await expect.poll(() => ask(endpoint, "GET", "k"), { timeout: 5_000 }).toBe("v");
        await backend.failover(group, { nodeKey: key(`tls-${tls}-002`), signal: signal() });
        expect(await ask(primary, "SET", "k", "w")).toBe("OK");
        expect(String(await ask(primary, "INFO", "replication"))).toContain("connected_slaves:1");
        await remove(group);
      },
    );

    test("encryption in transit comes and goes member by member, and a replica follows at every step", {
      timeout: 120_000,
    }, async () => {
      const withMode = (tls: "required" | "preferred" | undefined): CacheGroupSpec =>
        groupSpec("redis", "encrypted", 2, tls === undefined ? {} : { access: { tls } });
      const before = await backend.startGroup(withMode(undefined), { signal: signal() });
      const { primary, nodes } = endpointsOf(withMode(undefined), before);
      const ca = await backend.certificateAuthority();
      await redis(primary, "SET", "k", "0");
      for (const [step, tls] of (["preferred", "required", "preferred", undefined] as const).entries()) {
        const ask = async ({ address: host, port }: Endpoint, ...command: readonly string[]) => {
          using connection = new RespConnection(
            tls === undefined ? connectTo({ host, port }) : connectTls({ host, port, ca }),
          );
          return await connection.call(command);
        };
        const group = withMode(tls);
        for (const node of group.shards[0]!.nodes.toReversed()) await backend.reboot(node, { signal: signal() });
        expect(await backend.startGroup(group, { signal: signal() })).toMatchObject({ shards: before.shards });
        expect(await ask(primary, "INCR", "k")).toBe(step + 1);
        await expect.poll(() => ask(nodes[1]!.endpoint, "GET", "k"), { timeout: 5_000 }).toBe(String(step + 1));
        await expect
          .poll(() => ask(primary, "INFO", "replication"), { timeout: 20_000 })
          .toContain("connected_slaves:1");
      }
      await remove(withMode(undefined));
    });

    test("a group of one has three endpoints that lead to the same node, through a reboot", async () => {
      const group = groupSpec("redis", "one", 1);
      const before = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      await redis(before.primary, "SET", "k", "v");
      await backend.reboot(group.shards[0]!.nodes[0]!, { signal: signal() });
      for (const endpoint of [before.primary, before.reader, before.nodes[0]!.endpoint])
        expect(await redis(endpoint, "GET", "k")).toBe("v");
      await remove(group);
    });

    test("a member can be rebooted: the primary stays the primary, nothing is lost, the addresses are the same", async () => {
      const group = groupSpec("redis", "reboots", 2);
      const before = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      let answered = 0;
      let over = false;
      const rebooting = (async () => {
        for (const node of group.shards[0]!.nodes) await backend.reboot(node, { signal: signal() });
      })().finally(() => {
        over = true;
      });
      while (!over) {
        const reply = await redis(before.primary, "INCR", "n").catch(() => undefined);
        if (reply !== undefined) answered += 1;
      }
      await rebooting;
      expect(answered).toBeGreaterThan(0);
      expect(Number(await redis(before.primary, "GET", "n"))).toBeGreaterThanOrEqual(answered);
      const after = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      expect(after.nodes.map(({ endpoint }) => endpoint)).toEqual(before.nodes.map(({ endpoint }) => endpoint));
      expect(after.nodes.map(({ instance }) => instance)).not.toContain(before.nodes[0]!.instance);
      // The replica's former Pod is on its way out.
      await expect
        .poll(() => replicationOf(after.nodes[0]!.endpoint), { timeout: 20_000 })
        .toContain("connected_slaves:1");
      expect(await replicationOf(after.reader)).toContain("role:slave");
      await remove(group);
    });

    test("when the primary's engine is killed, writes resume within five seconds and none that a replica has is lost", async () => {
      const group = groupSpec("redis", "killed", 3);
      const before = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      const recovered = next("recovered", key("killed-001"));
      let acknowledged = 0;
      for (; acknowledged < 20; acknowledged += 1) await acknowledge(before.primary, 1, "SET", `k${acknowledged}`, "v");
      const killed = Date.now();
      await execRedis(client, before.nodes[0]!.instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
      await expect
        .poll(() => redis(before.primary, "SET", "after", "v").catch(() => undefined), {
          timeout: 30_000,
          interval: 50,
        })
        .toBe("OK");
      expect(Date.now() - killed).toBeLessThan(5_000);
      expect(await redis(before.primary, "DBSIZE")).toBe(acknowledged + 1);
      expect(await recovered).toMatchObject({ dataKept: true });
      const status = await backend.startGroup(group, { signal: signal() });
      expect(status.shards[0]!.primary).not.toBe(key("killed-001"));
      const after = endpointsOf(group, status);
      expect(after.primary).toEqual(before.primary);
      expect(after.nodes[0]!.endpoint).toEqual(before.nodes[0]!.endpoint);
      expect(await replicationOf(after.nodes[0]!.endpoint)).toContain("role:slave");
      expect(await redis(after.nodes[0]!.endpoint, "DBSIZE")).toBe(acknowledged + 1);
      expect(await replicationOf(after.primary)).toContain("connected_slaves:2");
      await remove(group);
    });

    test("when the primary's Pod is deleted, a replica takes over without losing a write", async () => {
      const group = groupSpec("redis", "drained", 2);
      const { primary, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      const recovered = next("recovered", key("drained-001"));
      let back = false;
      void recovered.then(() => {
        back = true;
      });
      await client.deletePod(nodes[0]!.instance);
      let answered = 0;
      while (!back) {
        const reply = await redis(primary, "INCR", "n").catch(() => undefined);
        if (reply !== undefined) answered += 1;
      }
      expect(answered).toBeGreaterThan(0);
      expect(Number(await redis(primary, "GET", "n"))).toBeGreaterThanOrEqual(answered);
      const status = await backend.startGroup(group, { signal: signal() });
      expect(status.shards[0]!.primary).toBe(key("drained-002"));
      await remove(group);
    });

    test("when all Pods are deleted at once, as by a drain, nothing is lost; when all engines end at once, the group is there again", async () => {
      const group = groupSpec("redis", "together", 2);
      const { primary, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      await redis(primary, "SET", "k", "v");
      const both = (): Promise<unknown> =>
        Promise.all(group.shards[0]!.nodes.map(({ nodeKey }) => next("recovered", nodeKey)));
      const drained = both();
      await Promise.all(nodes.map(({ instance }) => client.deletePod(instance)));
      await drained;
      expect(await redis(primary, "GET", "k")).toBe("v");
      const again = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      const ended = both();
      await Promise.all(
        again.nodes.map(({ instance }) => execRedis(client, instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined)),
      );
      await ended;
      expect(await redis(primary, "SET", "k", "w")).toBe("OK");
      await expect.poll(() => replicationOf(primary), { timeout: 20_000 }).toMatch(/connected_slaves:[12]/);
      await remove(group);
    });

    test("a promotion that a crash cut off is undone: the primary that clients know stays it", async () => {
      const group = groupSpec("redis", "cut-off", 2);
      await using first = await bench.connect();
      const leaving = bench.backend({ client: first });
      const { primary, nodes } = endpointsOf(group, await leaving.startGroup(group, { signal: signal() }));
      await redis(primary, "SET", "k", "v");
      await leaving[Symbol.asyncDispose]();
      await execRedis(client, nodes[1]!.instance, ["REPLICAOF", "NO", "ONE"]);
      const status = await backend.startGroup(group, { signal: signal() });
      expect(status.shards[0]!.primary).toBe(key("cut-off-001"));
      expect(await replicationOf(nodes[1]!.endpoint)).toContain("master_link_status:up");
      expect(await redis(primary, "GET", "k")).toBe("v");
      await remove(group);
    });

    test("without automatic failover a lost primary comes back as the primary, with a replica's data", async () => {
      const group = { ...groupSpec("redis", "manual", 2), automaticFailover: false };
      const { primary, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      await acknowledge(primary, 1, "SET", "k", "v");
      const recovered = next("recovered", key("manual-001"));
      await execRedis(client, nodes[0]!.instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
      expect(await recovered).toMatchObject({ dataKept: true });
      expect(await redis(primary, "GET", "k")).toBe("v");
      const status = await backend.startGroup(group, { signal: signal() });
      expect(status.shards[0]!.primary).toBe(key("manual-001"));
      expect(await redis(nodes[1]!.endpoint, "GET", "k")).toBe("v");
      expect(await replicationOf(nodes[1]!.endpoint)).toContain("master_link_status:up");
      await remove(group);
    });

    test("a lost replica is replaced with the data, while the reader endpoint answers", async () => {
      const group = groupSpec("redis", "reader", 2);
      const { primary, reader, nodes } = endpointsOf(group, await backend.startGroup(group, { signal: signal() }));
      await redis(primary, "SET", "k", "v");
      const recovered = next("recovered", key("reader-002"));
      await execRedis(client, nodes[1]!.instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
      await expect
        .poll(() => replicationOf(reader).catch(() => ""), { timeout: 10_000, interval: 50 })
        .toContain("role:master");
      expect(await recovered).toMatchObject({ dataKept: true });
      await expect.poll(() => replicationOf(reader), { timeout: 10_000, interval: 50 }).toContain("role:slave");
      expect(await redis(nodes[1]!.endpoint, "GET", "k")).toBe("v");
      await remove(group);
    });

    test("replicas can be added and taken away, and a group that cannot be made leaves nothing", async () => {
      const two = groupSpec("redis", "scaled", 2);
      const three = groupSpec("redis", "scaled", 3);
      const before = endpointsOf(two, await backend.startGroup(two, { signal: signal() }));
      await redis(before.primary, "SET", "k", "v");
      const more = endpointsOf(three, await backend.startGroup(three, { signal: signal() }));
      expect(more.primary).toEqual(before.primary);
      expect(await redis(more.nodes[2]!.endpoint, "GET", "k")).toBe("v");
      await backend.startGroup(two, { signal: signal() });
      await backend.delete(key("scaled-003"));
      expect(await replicationOf(before.reader)).toContain("role:slave");
      await remove(two);
      const broken = bench.backend({ images: { redis: "registry.invalid/no-such:1" } });
      const bad = groupSpec("redis", "unpullable", 2);
      await expect(broken.startGroup(bad, { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_START_FAILED",
        details: { reason: expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/) },
      });
      expect(await objectsOf("unpullable")).toEqual([]);
      await broken[Symbol.asyncDispose]();
    });

    test("the next process adopts the group as it is, also one whose primary was lost while nobody watched", async () => {
      const group = groupSpec("redis", "adopted", 2);
      await using first = await bench.connect();
      const leaving = bench.backend({ client: first });
      const before = endpointsOf(group, await leaving.startGroup(group, { signal: signal() }));
      await acknowledge(before.primary, 1, "SET", "k", "v");
      await leaving[Symbol.asyncDispose]();
      expect(endpointsOf(group, await backend.startGroup(group, { signal: signal() }))).toEqual(before);
      await remove(group);
      const lost = groupSpec("redis", "orphaned", 2);
      const again = bench.backend({ client: first });
      const old = endpointsOf(lost, await again.startGroup(lost, { signal: signal() }));
      await acknowledge(old.primary, 1, "SET", "k", "v");
      await again[Symbol.asyncDispose]();
      await client.deletePod(old.nodes[0]!.instance, { gracePeriodSeconds: 0 });
      const status = await backend.startGroup(lost, { signal: signal() });
      const now = endpointsOf(lost, status);
      expect(now.primary).toEqual(old.primary);
      expect(await redis(now.primary, "GET", "k")).toBe("v");
      expect(await redis(now.nodes[0]!.endpoint, "GET", "k")).toBe("v");
      expect(await replicationOf(now.primary)).toMatch(/role:master\r\nconnected_slaves:1/);
      await remove(lost);
    });
  });
}
