import type { SlotLayout } from "../state/transition-records.ts";
import { evenCounts, parseSlots, slotCount, slotsText } from "./slots.ts";

/** Shard ids by slot. */
type Owners = (string | undefined)[];

/**
 * The layout in which the named shards have the slots evenly, with as few as possible on another shard than in `current`. What is not
 * named loses all of its slots.
 */
export function evenLayout(current: SlotLayout, shardIds: readonly string[]): SlotLayout {
  const held = new Map(shardIds.map((id) => [id, slotsOf(current, id)]));
  // Whoever has most keeps one more than the others, where it does not divide evenly.
  const counts = evenCounts(shardIds.length);
  const quotas = shardIds.toSorted((a, b) => (held.get(b)?.length ?? 0) - (held.get(a)?.length ?? 0));
  const quotaOf = new Map(quotas.map((id, index) => [id, counts[index] ?? 0]));
  const owners: Owners = new Array<string | undefined>(slotCount).fill(undefined);
  for (const [id, slots] of held) for (const slot of slots.slice(0, quotaOf.get(id))) owners[slot] = id;
  const lacking = shardIds.flatMap((id) =>
    new Array<string>(Math.max(0, (quotaOf.get(id) ?? 0) - (held.get(id)?.length ?? 0))).fill(id),
  );
  for (const [slot, owner] of owners.entries()) owners[slot] = owner ?? lacking.shift();
  return layoutOf(owners);
}

/** How many slots are on another shard in `to`. */
export function slotsBetween(from: SlotLayout, to: SlotLayout): number {
  return moves(from, to).length;
}

/**
 * A layout on the way to another one, at most `count` slots further, of each pair of shards in turn; the other one itself when no more
 * are left, or when a shard on the way would have none.
 */
export function towards(from: SlotLayout, to: SlotLayout, count: number): SlotLayout {
  const owners = ownersOf(from);
  const left = moves(from, to);
  if (left.length <= count) return to;
  const byPair = new Map<string, typeof left>();
  for (const move of left) {
    const pair = `${move.from} ${move.to}`;
    const queue = byPair.get(pair) ?? [];
    queue.push(move);
    byPair.set(pair, queue);
  }
  const queues = [...byPair.values()];
  for (let done = 0, turn = 0; done < count; turn += 1) {
    const move = queues[turn % queues.length]?.shift();
    if (move === undefined) continue;
    owners[move.slot] = move.to;
    done += 1;
  }
  const next = layoutOf(owners);
  const complete = [...Object.keys(from), ...Object.keys(to)].every((id) => next[id] !== undefined);
  return complete ? next : to;
}

/** Whether two layouts give every slot to the same shard. */
export function isSameLayout(a: SlotLayout, b: SlotLayout): boolean {
  return slotsBetween(a, b) === 0;
}

function moves(
  from: SlotLayout,
  to: SlotLayout,
): { readonly slot: number; readonly from: string; readonly to: string }[] {
  const [before, after] = [ownersOf(from), ownersOf(to)];
  return after.flatMap((owner, slot) => {
    const was = before[slot];
    return owner === undefined || owner === was ? [] : [{ slot, from: was ?? "", to: owner }];
  });
}

function ownersOf(layout: SlotLayout): Owners {
  const owners: Owners = new Array<string | undefined>(slotCount).fill(undefined);
  for (const id of Object.keys(layout)) for (const slot of slotsOf(layout, id)) owners[slot] = id;
  return owners;
}

function layoutOf(owners: Owners): SlotLayout {
  const slots = new Map<string, number[]>();
  for (const [slot, id] of owners.entries()) {
    if (id === undefined) continue;
    const of = slots.get(id) ?? [];
    of.push(slot);
    slots.set(id, of);
  }
  return Object.fromEntries([...slots].map(([id, numbers]) => [id, slotsText(numbers)]));
}

function slotsOf(layout: SlotLayout, id: string): number[] {
  const text = layout[id];
  return text === undefined ? [] : (parseSlots(text) ?? []);
}
