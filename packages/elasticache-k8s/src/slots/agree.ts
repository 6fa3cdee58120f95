import { type CacheGroupSpec, parseSlots } from "@fc/elasticache/backend";
import type { ClusterMember } from "./cluster-member.ts";

/**
 * Whether all see the same: primaries with just the slots of their shards, replicas with theirs, all under the addresses that clients know. A
 * replica that takes over claims the slots that it believes to be its primary's: from one that has not heard where they are now, it takes back
 * what has moved away, without the keys.
 */
export function agree(
  { shards }: Pick<CacheGroupSpec, "shards">,
  members: readonly ClusterMember[],
  primaries: ReadonlyMap<string, ClusterMember>,
): boolean {
  const whole = shards.every(({ shardId }) => primaries.has(shardId));
  const slots = new Map([...primaries.values()].map(({ id, shard }) => [id, parseSlots(shard?.slots ?? "") ?? []]));
  const hasThose = (seen: ReadonlySet<number>, wanted: readonly number[]): boolean =>
    seen.size === wanted.length && wanted.every((slot) => seen.has(slot));
  return members.every(({ view, ok }) => {
    if (whole && !ok) return false;
    return members.every((other) => {
      const seen = view.byId.get(other.id);
      if (seen === undefined || !seen.linked || seen.hostname !== other.hostname) return false;
      const primary = primaries.get(other.shard?.shardId ?? "");
      if (primary === undefined) return true;
      return primary === other ? hasThose(seen.slots, slots.get(other.id) ?? []) : seen.primaryId === primary.id;
    });
  });
}
