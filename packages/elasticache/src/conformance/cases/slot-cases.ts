import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { CacheGroupSpec, CacheGroupStatus, CacheNodeStatus } from "../../backend/backend.ts";
import { parseSlots } from "../../slots/slots.ts";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import type { CacheClient, CacheEndpoint } from "../target.ts";

/** A group of a shard for each of these slots. Asked again with the same name, its shards have the same nodes. */
function slotGroup(bench: Pick<Bench, "group">, name: string, slots: readonly string[], nodes: number): CacheGroupSpec {
  const { shards, ...group } = bench.group(name, slots.length * nodes);
  const all = shards.flatMap((shard) => shard.nodes);
  return {
    ...group,
    automaticFailover: true,
    shards: slots.map((each, index) => ({
      shardId: `000${index + 1}`,
      slots: each,
      nodes: all.slice(index * nodes, (index + 1) * nodes).map((node) => ({ ...node, clusterEnabled: true })),
    })),
  };
}

const halves = ["0-8191", "8192-16383"];

/** What an engine says of a key that is another one's. */
interface Moved {
  readonly slot: number;
  readonly to: CacheEndpoint;
}

function movedBy(error: unknown): Moved | undefined {
  const [, slot = "", address = "", port = ""] = /^MOVED (\d+) (.+):(\d+)$/.exec((error as Error).message) ?? [];
  return slot === "" ? undefined : { slot: Number(slot), to: { address, port: Number(port) } };
}

/** Asks where the engines say. */
async function following<T>(at: CacheEndpoint, ask: (at: CacheEndpoint) => Promise<T>): Promise<T> {
  for (let asked = at, hops = 0; ; hops += 1)
    try {
      return await ask(asked);
    } catch (error) {
      const moved = movedBy(error);
      if (moved === undefined || hops === 5) throw error;
      asked = moved.to;
    }
}

/** Asks again until it is answered: a cluster client waits while a slot has nobody. */
async function answered<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      await delay(50, undefined, { signal }).catch(() => assert.fail(`it is never answered: ${String(error)}`));
    }
}

const keys = Array.from({ length: 24 }, (_, index) => `key-${index}`);

async function fill(client: CacheClient, at: CacheEndpoint): Promise<void> {
  for (const key of keys) await following(at, (each) => client.set(each, key, `value-of-${key}`));
}

async function verify(client: CacheClient, at: CacheEndpoint): Promise<void> {
  for (const key of keys) assert.equal(await following(at, (each) => client.get(each, key)), `value-of-${key}`);
}

function configurationOf({ configurationEndpoint }: CacheGroupStatus): CacheEndpoint {
  assert.ok(configurationEndpoint !== undefined, "the group has no configuration endpoint");
  return configurationEndpoint;
}

function nodeOf(status: CacheGroupStatus, nodeKey: string | undefined): CacheNodeStatus {
  const node = status.nodes[nodeKey ?? ""];
  assert.ok(node !== undefined, `the group's status lacks the node ${nodeKey}`);
  return node;
}

/** The endpoint of the primary that has the slot. */
function ownerOf(group: CacheGroupSpec, status: CacheGroupStatus, slot: number): CacheEndpoint {
  const shard = group.shards.find(({ slots }) => parseSlots(slots ?? "")?.includes(slot));
  const primary = status.shards.find(({ shardId }) => shardId === shard?.shardId)?.primary;
  return nodeOf(status, primary).endpoint;
}

/** A group of two shards of so many nodes that has all of the keys. */
async function filledGroup(
  bench: Pick<Bench, "group" | "startGroup" | "client">,
  name: string,
  nodes: number,
): Promise<{ readonly group: CacheGroupSpec; readonly client: CacheClient; readonly before: CacheGroupStatus }> {
  const group = slotGroup(bench, name, halves, nodes);
  const client = bench.client("redis");
  const before = await bench.startGroup(group);
  await fill(client, configurationOf(before));
  return { group, client, before };
}

export const slotCases: readonly ConformanceCase[] = casesOf("slots", (add) => {
  const needs = ["slots"] as const;

  add(
    "every shard serves the keys of its slots, and sends who asks for others to the node that has them",
    async (bench) => {
      const { group, client, before: status } = await filledGroup(bench, "a", 2);
      const [first, second] = status.shards.map(({ primary }) => nodeOf(status, primary).endpoint);
      assert.ok(first !== undefined && second !== undefined);
      for (const key of keys) {
        const said: readonly (Moved | string | undefined)[] = await Promise.all(
          [first, second].map((at) => client.get(at, key).catch((error: unknown) => movedBy(error) ?? String(error))),
        );
        const moved = said.find((each) => typeof each === "object");
        assert.ok(moved !== undefined && said.includes(`value-of-${key}`), `${key}: ${JSON.stringify(said)}`);
        assert.deepEqual(moved.to, ownerOf(group, status, moved.slot));
      }
    },
    { needs },
  );

  add(
    "slots that are to be another shard's move there with their keys, also to new shards and from those that go",
    async (bench) => {
      const { client, before } = await filledGroup(bench, "b", 1);
      for (const slots of [["0-7191", "9192-16383", "7192-9191"], halves]) {
        const group = slotGroup(bench, "b", slots, 1);
        const after = await bench.startGroup(group);
        assert.deepEqual(after.configurationEndpoint, before.configurationEndpoint);
        await verify(client, configurationOf(after));
        for (const key of keys)
          await client.get(ownerOf(group, after, 0), key).catch((error: unknown) => {
            const moved = movedBy(error);
            assert.deepEqual(moved?.to, ownerOf(group, after, moved?.slot ?? -1));
          });
      }
    },
    { needs },
  );

  add(
    "a replica that is promoted serves its shard's slots with the keys, and others are told",
    async (bench) => {
      const { group, client } = await filledGroup(bench, "c", 2);
      const nodeKey = group.shards[0]?.nodes[1]?.nodeKey ?? "";
      const after = await bench.backend.failover(group, { nodeKey, signal: bench.signal });
      assert.equal(after.shards[0]?.primary, nodeKey);
      const second = nodeOf(after, after.shards[1]?.primary).endpoint;
      // A word passes from node to node.
      await answered(bench.signal, () => verify(client, second));
      for (const key of keys)
        await client.get(second, key).catch((error: unknown) => {
          assert.deepEqual(movedBy(error)?.to, nodeOf(after, nodeKey).endpoint);
        });
    },
    { needs },
  );

  add(
    "right after slots moved, a replica that is promoted has those that its shard has now, and no others",
    async (bench) => {
      const { client } = await filledGroup(bench, "e", 2);
      // As many as before, of others.
      const group = slotGroup(bench, "e", ["1024-9215", "0-1023,9216-16383"], 2);
      await bench.startGroup(group);
      let after: CacheGroupStatus | undefined;
      for (const { nodes } of group.shards) {
        const nodeKey = nodes[1]?.nodeKey ?? "";
        after = await bench.backend.failover(group, { nodeKey, signal: bench.signal });
      }
      assert.ok(after !== undefined);
      const last = after;
      // A word passes from node to node.
      await answered(bench.signal, async () => {
        for (const { primary } of last.shards) {
          const { endpoint } = nodeOf(last, primary);
          await verify(client, endpoint);
          for (const key of keys)
            await client.get(endpoint, key).catch((error: unknown) => {
              const moved = movedBy(error);
              assert.deepEqual(moved?.to, ownerOf(group, last, moved?.slot ?? -1));
            });
        }
      });
    },
    { needs },
  );

  add(
    "when every node crashes, the shards serve their slots again at the same endpoints",
    async (bench) => {
      const { group, client, before } = await filledGroup(bench, "d", 1);
      const back = group.shards.map(({ nodes }) => bench.next(nodes[0]?.nodeKey ?? "", "recovered"));
      await Promise.all(Object.values(before.nodes).map((node) => bench.abilities.lose(node, "crashed")));
      await Promise.all(back);
      const after = await bench.startGroup(group);
      const endpoints = ({ nodes }: CacheGroupStatus) => Object.values(nodes).map(({ endpoint }) => endpoint);
      assert.deepEqual(endpoints(after), endpoints(before));
      await fill(client, configurationOf(after));
      await verify(client, configurationOf(after));
    },
    { needs: ["slots", "lose"] },
  );
});
