import { Buffer } from "node:buffer";
import type { CacheGroupSpec, CacheShardSpec } from "../backend/backend.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import { parseSlots, slotCount } from "../slots/slots.ts";
import type { MemoryNode } from "./memory-node.ts";

/** @throws CacheBackendError when the slots of a group in cluster mode are not 0 to 16383, each once. */
export function checkSlots({ groupId, shards }: CacheGroupSpec): void {
  const nodes = shards.flatMap((shard) => shard.nodes);
  const enabled = nodes.filter(({ clusterEnabled }) => clusterEnabled === true).length;
  const slots = shards.flatMap((shard) => (shard.slots === undefined ? [] : (parseSlots(shard.slots) ?? [])));
  const wanted = enabled === 0 ? 0 : slotCount;
  if ((enabled !== 0 && enabled !== nodes.length) || slots.length !== wanted || new Set(slots).size !== wanted)
    throw new CacheBackendError(
      "FC_CACHE_START_FAILED",
      `${groupId} has ${slots.length} slots, and ${enabled} of its ${nodes.length} nodes are in cluster mode.`,
    );
}

/**
 * Brings every key to the nodes of its slot's shard, also from shards that are not in the group any more. A data set in cluster mode is
 * lines of a slot and a value: `17 seventeen`.
 */
export function moveSlots(nodes: Map<string, MemoryNode>, from: CacheGroupSpec, to: CacheGroupSpec): void {
  const shards = new Map([...from.shards, ...to.shards].map((shard) => [shard.shardId, shard]));
  const keysOf = (shard: CacheShardSpec): string[] =>
    shard.nodes.map(({ nodeKey }) => nodeKey).filter((nodeKey) => nodes.has(nodeKey));
  const data = [...shards.values()].flatMap((shard) => {
    const [key = ""] = keysOf(shard);
    return Buffer.from(nodes.get(key)?.data ?? "")
      .toString()
      .split("\n");
  });
  for (const shard of shards.values()) {
    const slots = to.shards.find(({ shardId }) => shardId === shard.shardId)?.slots;
    const mine = new Set(slots === undefined ? [] : parseSlots(slots));
    const lines = [...new Set(data)].filter((line) => line !== "" && mine.has(Number.parseInt(line, 10)));
    const sorted = lines.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join("\n");
    for (const key of keysOf(shard)) {
      const node = nodes.get(key);
      if (node !== undefined) nodes.set(key, { ...node, data: Buffer.from(sorted) });
    }
  }
}
