import { connect as connectTo } from "node:net";
import type { CacheGroupSpec } from "@fc/elasticache/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execRedis } from "../../src/index.ts";
import { RespConnection } from "../../src/resp/resp-connection.ts";
import { type CasesCluster, signal } from "./cases-bench.ts";
import { redis } from "./engine-client.ts";
import { goodSignature } from "./rdb-server.ts";
import {
  clusterSpec,
  connect,
  evenSlots,
  fill,
  openSlotBench,
  type SlotBench,
  underLoad,
  verify,
  views,
} from "./slot-bench.ts";

/**
 * Cluster mode as its users have it, the same on every cluster. `encryption`: whether it only comes, or goes again, too, which is the same the other
 * way round, for another minute.
 */
export function slotCases(
  name: string,
  start: () => Promise<CasesCluster>,
  { encryption }: { readonly encryption: "comes" | "comes and goes" },
): void {
  describe(name, () => {
    let slots: SlotBench;

    beforeAll(async () => {
      slots = await openSlotBench(start);
    });

    afterAll(() => slots?.[Symbol.asyncDispose]());

    test("a cluster client finds every shard by the configuration endpoint, and each node by an address that it can reach", async () => {
      const group = clusterSpec("two", evenSlots(2), 2);
      const status = await slots.backend.startGroup(group, { signal: signal() });
      await using cluster = connect(status);
      for (let n = 0; n < 100; n += 1) expect(await cluster.set(`k${n}`, `v${n}`)).toBe("OK");
      for (let n = 0; n < 100; n += 1) expect(await cluster.get(`k${n}`)).toBe(`v${n}`);
      const counts = await Promise.all(cluster.nodes("master").map((node) => node.dbsize()));
      expect(counts.every((count) => count > 0)).toBe(true);
      expect(counts.reduce((sum, count) => sum + count)).toBe(100);
      await expect(cluster.mget("a", "b")).rejects.toThrow(/CROSSSLOT/);
      const addresses = Object.values(status.nodes).map(({ endpoint }) => `${endpoint.address}:${endpoint.port}`);
      // Replicas are among the slots only once they were written to.
      const seen = String(await cluster.nodes()[0]!.call("CLUSTER", "NODES"));
      const told = [...seen.matchAll(/:(\d+)@\d+,([^ ,]+)/g)].map(([, port, host]) => `${host}:${port}`);
      expect(told.toSorted()).toEqual(addresses.toSorted());
      await slots.remove(group);
      expect(await slots.left()).toEqual([]);
    });

    test("slots move with their keys under load, to new shards and from shards that go, and nobody remembers those", {
      timeout: 120_000,
    }, async () => {
      const two = clusterSpec("reshard", evenSlots(2), 1);
      const three = clusterSpec("reshard", evenSlots(3), 1);
      const before = await slots.backend.startGroup(two, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      await cluster.set("binary", Buffer.from([0xff, 0xc3, 0x28, 0x00]));
      await cluster.set(Buffer.from([0xff, 0xc3, 0x28, 0x00]), "key");
      const grown = await (async () => {
        const growing = slots.backend.startGroup(three, { signal: signal() });
        expect(await underLoad(cluster, growing)).toBeGreaterThan(0);
        return await growing;
      })();
      await verify(cluster);
      expect(grown.shards.map(({ shardId }) => shardId)).toEqual(["0001", "0002", "0003"]);
      const third = grown.nodes[three.shards[2]!.nodes[0]!.nodeKey]!;
      expect(await redis(third.endpoint, "DBSIZE")).toBeGreaterThan(0);
      const shrinking = slots.backend.startGroup(two, { signal: signal() });
      await underLoad(cluster, shrinking);
      const shrunk = await shrinking;
      await verify(cluster);
      expect(await cluster.get(Buffer.from([0xff, 0xc3, 0x28, 0x00]))).toBe("key");
      expect(await slots.client.listServices("fakecloud-cache-endpoint=primary")).toHaveLength(2);
      expect(shrunk.configurationEndpoint).toEqual(before.configurationEndpoint);
      for (const view of await views(shrunk)) expect(view.trim().split("\n")).toHaveLength(2);
      expect(await redis(third.endpoint, "DBSIZE")).toBe(0);
      await slots.backend.delete(three.shards[2]!.nodes[0]!.nodeKey);
      await slots.remove(two);
      expect(await slots.left()).toEqual([]);
    });

    test("a replica is promoted without a failed command, and when its engine is killed the other takes over with every write that it has", async () => {
      const group = clusterSpec("failover", evenSlots(2), 2);
      const [one = "", other = ""] = group.shards[0]!.nodes.map(({ nodeKey }) => nodeKey);
      const before = await slots.backend.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await underLoad(cluster, slots.backend.failover(group, { nodeKey: other, signal: signal() }));
      await fill(cluster);
      const { instance, endpoint } = before.nodes[other]!;
      using writer = new RespConnection(connectTo({ host: endpoint.address, port: endpoint.port }));
      // A key of the first shard.
      await writer.call(["SET", "{k2}acknowledged", "v"]);
      expect(await writer.call(["WAIT", "1", "5000"])).toBe(1);
      const recovered = slots.next("recovered", other);
      await slots.crash(instance);
      const crashed = Date.now();
      const heir = before.nodes[one]!.endpoint;
      await expect
        .poll(() => redis(heir, "SET", "{k2}after", "v").catch(() => undefined), { timeout: 30_000, interval: 50 })
        .toBe("OK");
      expect(Date.now() - crashed).toBeLessThan(5_000);
      expect(await cluster.get("{k2}acknowledged")).toBe("v");
      expect(await recovered).toMatchObject({ dataKept: true });
      const after = await slots.backend.startGroup(group, { signal: signal() });
      expect(after.shards[0]!.primary).toBe(one);
      expect(after.nodes[other]!.endpoint).toEqual(endpoint);
      await verify(cluster);
      for (const view of await views(after)) {
        expect(view.trim().split("\n")).toHaveLength(4);
        expect(view).not.toMatch(/(master|slave),fail/);
      }
      await slots.remove(group);
    });

    test(`encryption in transit ${encryption} in two steps, node by node, and no command of a client fails that may connect so`, {
      timeout: 240_000,
    }, async () => {
      const withMode = (tls: "required" | "preferred" | undefined): CacheGroupSpec => {
        const group = clusterSpec("encrypted", evenSlots(2), 2, tls === undefined ? {} : { access: { tls } });
        const [alone, ...rest] = group.shards;
        return { ...group, shards: [{ ...alone!, nodes: alone!.nodes.slice(0, 1) }, ...rest] };
      };
      const before = await slots.backend.startGroup(withMode(undefined), { signal: signal() });
      const inClear = connect(before);
      await using _clear = inClear;
      await fill(inClear);
      const tls = { ca: await slots.backend.certificateAuthority() };
      const steps = [
        { to: "preferred", by: () => inClear, links: "yes" },
        { to: "required", by: () => connect(before, { tls }), links: "yes" },
        { to: "preferred", by: () => connect(before, { tls }), links: "yes" },
        { to: undefined, by: () => connect(before), links: "no" },
      ] as const;
      let after = before;
      const taken = encryption === "comes" ? steps.slice(0, 2) : steps;
      for (const { to, by, links } of taken) {
        const group = withMode(to);
        const primaries = after.shards.map(({ primary }) => primary);
        const nodes = group.shards.flatMap((shard) => shard.nodes);
        const primariesLast = [
          ...nodes.filter(({ nodeKey }) => !primaries.includes(nodeKey)),
          ...nodes.filter(({ nodeKey }) => primaries.includes(nodeKey)),
        ];
        const reboot = async (): Promise<void> => {
          for (const node of primariesLast) await slots.backend.reboot(node, { signal: signal() });
        };
        await using cluster = by();
        await verify(cluster);
        expect(await underLoad(cluster, reboot())).toBeGreaterThan(0);
        await verify(cluster);
        after = await slots.backend.startGroup(group, { signal: signal() });
        expect(after.configurationEndpoint).toEqual(before.configurationEndpoint);
        for (const { instance } of Object.values(after.nodes))
          for (const name of ["tls-cluster", "tls-replication"])
            expect((await execRedis(slots.client, instance, ["CONFIG", "GET", name])).stdout).toBe(
              `${name}\n${links}\n`,
            );
      }
      await slots.remove(withMode(taken.at(-1)?.to));
    });

    test("the first user with IAM authentication comes to all nodes at once; replicas follow and slots move behind what takes the tokens", async () => {
      const words = { name: "default", rules: "on ~* +@all", passwordHashes: [], open: true };
      const app = { name: "app", rules: "on ~* +@all", passwordHashes: [], open: false, iam: true };
      const before = clusterSpec("iam", evenSlots(2), 2, { access: { tls: "required", users: [words] } });
      const ca = await slots.backend.certificateAuthority();
      {
        await using cluster = connect(await slots.backend.startGroup(before, { signal: signal() }), { tls: { ca } });
        await fill(cluster);
      }
      const over = { access: { tls: "required", users: [app] } } as const;
      const nodes = clusterSpec("iam", evenSlots(2), 2, over).shards.flatMap((shard) => shard.nodes);
      await Promise.all(nodes.map((node) => slots.backend.applyAccess(node, { signal: signal() })));
      const uneven = clusterSpec("iam", ["0-999", "1000-16383"], 2, over);
      const status = await slots.backend.startGroup(uneven, { signal: signal() });
      const password = `cache/?Action=connect&User=app&X-Amz-Signature=${goodSignature}`;
      await using cluster = connect(status, { username: "app", password, tls: { ca } });
      await verify(cluster);
      const [one = "", other = ""] = uneven.shards[0]!.nodes.map(({ nodeKey }) => nodeKey);
      const nodeKey = status.shards[0]!.primary === one ? other : one;
      await underLoad(cluster, slots.backend.failover(uneven, { nodeKey, signal: signal() }));
      await verify(cluster);
      await slots.remove(uneven);
    });
  });
}
