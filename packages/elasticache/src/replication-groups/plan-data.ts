import { invalidCombination } from "../errors.ts";
import type { Input } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import { isSameLayout } from "../slots/slot-layout.ts";
import { allSlots } from "../slots/slots.ts";
import { groupRestore, partSlots, refuseClusterMode } from "../snapshots/restore-source.ts";
import { seedArns } from "../snapshots/snapshot-arns.ts";
import type { SnapshotRecord } from "../state/records.ts";
import type { GroupTransition, SlotLayout } from "../state/transition-records.ts";
import type { PlannedShard } from "./plan-members.ts";
import { freeIds } from "./plan-shards.ts";

type Creation = Omit<GroupTransition & { readonly kind: "create" }, "kind">;

/** What a group's shards start with. */
export interface PlannedData {
  readonly transition: Creation;
  /** Further shards, of one node each, that the data comes in: they go when it has moved. */
  readonly passing: readonly PlannedShard[];
  /** Where the data comes with other slots than the shards are to have: those, of the shards that it comes in. */
  readonly arriving?: SlotLayout;
}

/**
 * What the shards start with: a snapshot's parts, or files in S3. In cluster mode the snapshot may be of any number of shards: the group
 * starts with those, and the slots move with their keys to where they are wanted.
 * @throws AwsError `InvalidParameterValue`, `InvalidParameterCombination`.
 */
export function plannedData(
  plane: Plane,
  input: Input<"CreateReplicationGroup">,
  snapshot: SnapshotRecord | undefined,
  shards: readonly PlannedShard[],
): PlannedData {
  const arns = seedArns(plane, input);
  const inClusterMode = shards[0]?.slots !== undefined;
  if (!inClusterMode) refuseClusterMode(snapshot);
  if (arns !== undefined) {
    const slots = inClusterMode ? fileSlots(input, arns, shards) : refuseMore(arns, shards);
    return plannedFrom(shards, slots, (shardIds) => ({
      seed: Object.fromEntries(shardIds.map((id, index) => [id, arns[index] ?? ""])),
    }));
  }
  if (snapshot === undefined) return { transition: {}, passing: [] };
  const slots = inClusterMode ? partSlots(snapshot) : [];
  return plannedFrom(shards, slots, (shardIds) => groupRestore(snapshot, shardIds));
}

/** Each file or part goes to the shard with its number; what is more goes to shards of its own for the time being. */
function plannedFrom(
  shards: readonly PlannedShard[],
  slots: readonly string[],
  data: (shardIds: readonly string[]) => Creation,
): PlannedData {
  const ids = shards.map(({ shardId }) => shardId);
  if (slots.length === 0) return { transition: data(ids), passing: [] };
  const spare = freeIds(ids, slots.length - ids.length);
  const passing = spare.map((shardId, index) => ({
    shardId,
    slots: slots[ids.length + index] ?? "",
    nodes: 1,
    zones: [],
  }));
  const all = [...ids, ...spare].slice(0, slots.length);
  const arriving = Object.fromEntries(all.map((id, index) => [id, slots[index] ?? ""]));
  const layout = Object.fromEntries(shards.map((shard) => [shard.shardId, shard.slots ?? ""]));
  const transition = data(all);
  if (isSameLayout(arriving, layout) && spare.length === 0) return { transition, passing: [] };
  return { transition: { ...transition, layout }, passing, arriving };
}

/** One file has keys of all slots; of several, those that NodeGroupConfiguration says: nothing in a file tells. */
function fileSlots(
  input: Input<"CreateReplicationGroup">,
  arns: readonly string[],
  shards: readonly PlannedShard[],
): readonly string[] {
  if (arns.length === 1) return [allSlots];
  refuseMore(arns, shards);
  const configured = (input.NodeGroupConfiguration ?? []).flatMap(({ Slots }) => filled(Slots) ?? []);
  if (configured.length === 0)
    throw invalidCombination("Slots must be provided when restoring from snapshot ARNs with cluster mode enabled");
  return shards.map(({ slots }) => slots ?? "");
}

function refuseMore(arns: readonly string[], shards: readonly PlannedShard[]): readonly string[] {
  if (arns.length !== shards.length)
    throw invalidCombination(`${arns.length} SnapshotArns are given for ${shards.length} node groups: each needs one.`);
  return [];
}
