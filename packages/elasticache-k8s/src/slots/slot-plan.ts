import { parseSlots, slotRanges } from "@fc/elasticache/backend";
import type { ClusterMember } from "./cluster-member.ts";

/** Slots on their way from one primary to another. */
export interface SlotMove {
  readonly from: ClusterMember;
  readonly to: ClusterMember;
  readonly slots: readonly number[];
}

/** What is to be done so that each primary has the slots of its shard, and no others. */
export interface SlotPlan {
  /** Slots that nobody has. */
  readonly free: ReadonlyMap<ClusterMember, readonly [first: number, last: number][]>;
  readonly moves: readonly SlotMove[];
}

/** Compares the slots that the nodes say are theirs with those that the shards of these primaries are to have. Pure. */
export function slotPlan(primaries: ReadonlyMap<string, ClusterMember>, nodes: readonly ClusterMember[]): SlotPlan {
  const owners = new Map<number, ClusterMember[]>();
  for (const node of nodes)
    for (const slot of node.view.myself.slots) owners.set(slot, [...(owners.get(slot) ?? []), node]);
  const free = new Map<ClusterMember, [number, number][]>();
  const moves = new Map<string, { from: ClusterMember; to: ClusterMember; slots: number[] }>();
  for (const to of primaries.values()) {
    // What this node believes to be another's, of a node that is gone or being replaced, it cannot take yet.
    const taken = new Set([...to.view.byId.values()].flatMap(({ slots }) => [...slots]));
    const untaken: number[] = [];
    for (const slot of parseSlots(to.shard?.slots ?? "") ?? []) {
      const claimed = owners.get(slot) ?? [];
      if (claimed.length === 0 && !taken.has(slot)) untaken.push(slot);
      // Both say so when a move was cut off at its end.
      const from = claimed.find((node) => node !== to);
      if (from === undefined) continue;
      const key = `${from.id}/${to.id}`;
      const move = moves.get(key) ?? { from, to, slots: [] };
      move.slots.push(slot);
      moves.set(key, move);
    }
    if (untaken.length > 0) free.set(to, slotRanges(untaken));
  }
  return { free, moves: [...moves.values()] };
}
