import { createHash } from "node:crypto";
import { connect as connectTo } from "node:net";
import { type Clock, deferred, systemClock } from "@fc/core";
import type { CacheGroupSpec } from "@fc/elasticache/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execRedis } from "../../src/index.ts";
import { RespConnection } from "../../src/resp/resp-connection.ts";
import { type CasesCluster, removeGroup, signal } from "./cases-bench.ts";
import { redis } from "./engine-client.ts";
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

/** What becomes of a cluster that is restarted, rebooted, restored or cut off. */
export function slotRepairCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let slots: SlotBench;

    beforeAll(async () => {
      slots = await openSlotBench(start);
    });

    afterAll(() => slots?.[Symbol.asyncDispose]());

    test("a move of slots that was cut off is completed by the next process, with every key", async () => {
      const even = clusterSpec("cut", evenSlots(2), 1);
      const uneven = clusterSpec("cut", ["0-99", "100-16383"], 1);
      await using first = await slots.bench.connect();
      const leaving = slots.bench.backend({ client: first });
      const before = await leaving.startGroup(even, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster, 2_000);
      const stop = new AbortController();
      const moving = leaving.startGroup(uneven, { signal: stop.signal });
      moving.catch(() => undefined);
      const target = before.nodes[even.shards[1]!.nodes[0]!.nodeKey]!;
      await expect
        .poll(
          async () =>
            / connected 0-|\[\d+-</.test(String(await redis(target.endpoint, "CLUSTER", "NODES"))) ||
            Number(await redis(target.endpoint, "DBSIZE")) > 1_050,
          { interval: 1, timeout: 20_000 },
        )
        .toBe(true);
      stop.abort(new Error("cut off"));
      await expect(moving).rejects.toThrow();
      await leaving[Symbol.asyncDispose]();
      await verify(cluster, 2_000);
      const after = await slots.backend.startGroup(uneven, { signal: signal() });
      expect(Object.values(after.nodes).map(({ endpoint }) => endpoint)).toEqual(
        Object.values(before.nodes).map(({ endpoint }) => endpoint),
      );
      await verify(cluster, 2_000);
      expect(Number(await redis(target.endpoint, "DBSIZE"))).toBeGreaterThan(1_900);
      await slots.remove(even);
    });

    test("slots go on moving when the primary that they come from is killed", async () => {
      const even = clusterSpec("killed", evenSlots(2), 2);
      const uneven = clusterSpec("killed", ["0-99", "100-16383"], 2);
      const before = await slots.backend.startGroup(even, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster, 2_000);
      const [source, target] = even.shards.map(({ nodes }) => before.nodes[nodes[0]!.nodeKey]!);
      // Replicas have all that was written before any of it moves.
      const copies = even.shards.map(({ nodes }) => before.nodes[nodes[1]!.nodeKey]!);
      const sizes = (): Promise<number[]> =>
        Promise.all(copies.map(async ({ endpoint }) => Number(await redis(endpoint, "DBSIZE"))));
      await expect.poll(async () => (await sizes()).reduce((sum, size) => sum + size)).toBe(2_000);
      const moving = slots.backend.startGroup(uneven, { signal: signal() });
      moving.catch(() => undefined);
      await expect
        .poll(async () => Number(await redis(target!.endpoint, "DBSIZE")), { interval: 1, timeout: 20_000 })
        .toBeGreaterThan(1_050);
      await slots.crash(source!.instance);
      const after = await moving;
      expect(after.shards[0]!.primary).toBe(even.shards[0]!.nodes[1]!.nodeKey);
      await verify(cluster, 2_000);
      await slots.remove(even);
    });

    test("a failover does not wait for the time in which clients may still be led to a node that leaves", async () => {
      const [waiting, failedOver] = [deferred<void>(), deferred<void>()];
      // All pauses are short but this one.
      const sleep: Clock["sleep"] = async (ms, within) => {
        if (ms !== 1_500) return await systemClock.sleep(ms, within);
        waiting.resolve();
        await failedOver.promise;
      };
      const backend = slots.bench.backend({ clock: { ...systemClock, sleep } });
      const { shards, ...group } = clusterSpec("left", evenSlots(2), 2);
      const [stays, leaves] = [shards[0]!, { ...shards[1]!, nodes: shards[1]!.nodes.slice(0, 1) }];
      const before = await backend.startGroup({ ...group, shards: [stays, leaves] }, { signal: signal() });
      const shrinking = backend.startGroup(
        { ...group, shards: [{ ...stays, slots: "0-16383" }] },
        { signal: signal() },
      );
      shrinking.catch(() => undefined);
      await waiting.promise;
      const [primary, replica] = stays.nodes.map(({ nodeKey }) => before.nodes[nodeKey]!);
      await slots.crash(primary!.instance);
      await expect
        .poll(() => redis(replica!.endpoint, "SET", "k", "v").catch(() => undefined), { timeout: 30_000, interval: 50 })
        .toBe("OK");
      failedOver.resolve();
      const after = await shrinking;
      expect(after.shards).toMatchObject([{ shardId: "0001", primary: stays.nodes[1]!.nodeKey }]);
      for (const view of await views(after)) expect(view.trim().split("\n")).toHaveLength(2);
      await removeGroup(backend, { ...group, shards: [stays, leaves] });
    });

    test("whoever else forms the cluster meanwhile leaves clients the same time to be led elsewhere", async () => {
      const asleep = [deferred<void>(), deferred<void>()];
      const over = deferred<void>();
      let sleepers = 0;
      let nowMs = systemClock.now();
      const sleep: Clock["sleep"] = async (ms, within) => {
        if (ms !== 1_500) return await systemClock.sleep(ms, within);
        asleep[sleepers]?.resolve();
        sleepers += 1;
        await over.promise;
      };
      const backend = slots.bench.backend({ clock: { ...systemClock, now: () => nowMs, sleep } });
      const { shards, ...group } = clusterSpec("left-twice", evenSlots(2), 1);
      const before = await backend.startGroup({ ...group, shards }, { signal: signal() });
      const whole = { ...group, shards: [{ ...shards[0]!, slots: "0-16383" }] };
      const shrink = (): Promise<unknown> => backend.startGroup(whole, { signal: signal() });
      const first = shrink();
      await asleep[0]!.promise;
      const second = shrink();
      expect(await Promise.race([second.then(() => "left"), asleep[1]!.promise.then(() => "waits")])).toBe("waits");
      for (const view of await views(before)) expect(view.trim().split("\n")).toHaveLength(2);
      nowMs += 1_500;
      over.resolve();
      await Promise.all([first, second]);
      for (const view of await views(before)) expect(view.trim().split("\n")).toHaveLength(1);
      await removeGroup(backend, { ...group, shards });
    });

    test("the next process finds addresses, slots and data, and no connection ends; it undoes a promotion that was cut off", async () => {
      const group = clusterSpec("adopted", evenSlots(2), 2);
      await using first = await slots.bench.connect();
      const leaving = slots.bench.backend({ client: first });
      const before = await leaving.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      const { endpoint } = before.nodes[group.shards[0]!.nodes[0]!.nodeKey]!;
      using staying = new RespConnection(connectTo({ host: endpoint.address, port: endpoint.port }));
      await staying.call(["PING"]);
      await leaving[Symbol.asyncDispose]();
      expect(await slots.backend.startGroup(group, { signal: signal() })).toEqual(before);
      expect(await staying.call(["PING"])).toBe("PONG");
      await verify(cluster);
      const { instance } = before.nodes[group.shards[1]!.nodes[1]!.nodeKey]!;
      await execRedis(slots.client, instance, ["CLUSTER", "FAILOVER", "TAKEOVER"]);
      expect(await slots.backend.startGroup(group, { signal: signal() })).toEqual(before);
      await verify(cluster);
      await slots.remove(group);
    });

    test("when all Pods go at once the cluster heals: with the data when they are deleted, empty when their engines end", async () => {
      const group = clusterSpec("whole", evenSlots(2), 2);
      const before = await slots.backend.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      const all = (): Promise<unknown> =>
        Promise.all(group.shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => slots.next("recovered", nodeKey)));
      const drained = all();
      await Promise.all(Object.values(before.nodes).map(({ instance }) => slots.client.deletePod(instance)));
      await drained;
      // Long before their time is over: nobody stays with an engine that the cluster has forgotten.
      const leaving = Object.values(before.nodes).map(({ instance }) => instance);
      await expect
        .poll(async () => (await Promise.all(leaving.map((name) => slots.client.getPod(name)))).filter(Boolean), {
          timeout: 10_000,
        })
        .toEqual([]);
      const again = await slots.backend.startGroup(group, { signal: signal() });
      await verify(cluster);
      const ended = all();
      await Promise.all(Object.values(again.nodes).map(({ instance }) => slots.crash(instance)));
      await ended;
      const healed = await slots.backend.startGroup(group, { signal: signal() });
      expect(await cluster.set("k2", "w")).toBe("OK");
      for (const view of await views(healed)) expect(view.trim().split("\n")).toHaveLength(4);
      await slots.remove(group);
    });

    test("nodes get new Pods under load: a primary with replicas gives way, one alone hands over its data", async () => {
      const group = { ...clusterSpec("reboots", evenSlots(2), 2) };
      const [alone, ...rest] = group.shards;
      const mixed: CacheGroupSpec = { ...group, shards: [{ ...alone!, nodes: alone!.nodes.slice(0, 1) }, ...rest] };
      const before = await slots.backend.startGroup(mixed, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      await slots.backend.reboot(mixed.shards[0]!.nodes[0]!, { signal: signal() });
      await verify(cluster);
      await underLoad(cluster, slots.backend.reboot(mixed.shards[1]!.nodes[0]!, { signal: signal() }));
      await verify(cluster);
      const after = await slots.backend.startGroup(mixed, { signal: signal() });
      expect(after.shards[1]!.primary).toBe(mixed.shards[1]!.nodes[1]!.nodeKey);
      for (const [nodeKey, { endpoint, instance }] of Object.entries(after.nodes)) {
        expect(endpoint).toEqual(before.nodes[nodeKey]!.endpoint);
        if (nodeKey !== after.shards[1]!.primary) expect(instance).not.toBe(before.nodes[nodeKey]!.instance);
      }
      await slots.remove(mixed);
    });

    test.each(["required", "preferred"] as const)(
      "with TLS (%s) and a token the nodes form a cluster, and slots move",
      async (tls) => {
        const passwordHashes = [createHash("sha256").update("0123456789abcdef").digest("hex")];
        const users = [{ name: "default", rules: "on ~* &* +@all", passwordHashes, open: false }];
        const over = { access: { tls, users } } as const;
        const status = await slots.backend.startGroup(clusterSpec(`tls-${tls}`, evenSlots(2), 2, over), {
          signal: signal(),
        });
        const ca = await slots.backend.certificateAuthority();
        const redisOptions = { password: "0123456789abcdef", tls: { ca } };
        await using cluster = connect(status, redisOptions);
        await fill(cluster);
        const uneven = clusterSpec(`tls-${tls}`, ["0-999", "1000-16383"], 2, over);
        await slots.backend.startGroup(uneven, { signal: signal() });
        await verify(cluster);
        if (tls === "preferred") {
          await using clear = connect(status, { password: "0123456789abcdef" });
          await verify(clear);
        }
        await slots.backend.failover(uneven, { nodeKey: uneven.shards[0]!.nodes[1]!.nodeKey, signal: signal() });
        await verify(cluster);
        await slots.remove(uneven);
      },
    );

    test("each shard is restored with the snapshot of its keys", async () => {
      const group = clusterSpec("taken", evenSlots(2), 1);
      const taken = await slots.backend.startGroup(group, { signal: signal() });
      await using source = connect(taken);
      await fill(source);
      const restore = Object.fromEntries(
        await Promise.all(
          group.shards.map(
            async ({ shardId, nodes }) =>
              [shardId, await slots.backend.snapshot(nodes[0]!, { signal: signal() })] as const,
          ),
        ),
      );
      const copy = clusterSpec("restored", evenSlots(2), 2);
      const restored = await slots.backend.startGroup(copy, { restore, signal: signal() });
      await using cluster = connect(restored);
      await verify(cluster);
      await slots.remove(group);
      await slots.remove(copy);
    });
  });
}
