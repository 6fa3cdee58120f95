import { invalidCombination, invalidValue } from "../errors.ts";
import type { NodeGroupConfiguration } from "../model.generated.ts";
import type { Input } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import { evenSlots, parseSlots, slotCount, slotsText } from "../slots/slots.ts";
import { isOfClusterMode } from "../snapshots/restore-source.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { type Placement, type PlannedShard, placementOf } from "./plan-members.ts";
import { within } from "./refuse-topologies.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/** AWS's limit of node groups in a replication group. */
export const maxShards = 500;

/** The id of the shard with that number, from 1. */
function shardIdOf(number: number): string {
  return String(number).padStart(4, "0");
}

/** The id that a request gives to a shard: `1` is `0001`. */
export function givenShardId(id: string | undefined): string | undefined {
  return filled(id)?.padStart(4, "0");
}

/** The first ids that no shard has. */
export function freeIds(taken: readonly string[], count: number): string[] {
  const free: string[] = [];
  for (let number = 1; free.length < count; number += 1)
    if (!taken.includes(shardIdOf(number))) free.push(shardIdOf(number));
  return free;
}

/**
 * The node groups that a request wants. Where it says nothing of them, they are those of the snapshot that it restores.
 * @throws AwsError `InvalidParameterValue` outside AWS's limits, `InvalidParameterCombination` for contradictions.
 */
export function plannedShards(
  input: CreateInput,
  clusterMode: boolean,
  snapshot: SnapshotRecord | undefined,
): PlannedShard[] {
  if (!clusterMode) {
    within("NumNodeGroups", input.NumNodeGroups, 1, maxShards);
    return [{ shardId: shardIdOf(1), ...placementOf(input) }];
  }
  const configured = input.NodeGroupConfiguration ?? [];
  const stored = snapshot !== undefined && isOfClusterMode(snapshot) ? snapshot.parts : [];
  const count = shardCount(input, stored.length);
  const shards = configured.length > 0 ? configured : count === stored.length ? stored.map(storedShard) : [];
  const ids = idsOf(shards, count);
  const slots = slotsOf(shards, count);
  return ids.map((shardId, index) => ({
    shardId,
    slots: slots[index] ?? "",
    ...placementOfShard(input, shards[index] ?? {}, count),
  }));
}

function shardCount(input: CreateInput, stored: number): number {
  const configured = (input.NodeGroupConfiguration ?? []).length;
  const asked = input.NumNodeGroups ?? (configured || stored || 1);
  const count = within("NumNodeGroups", asked, 1, maxShards);
  if (configured > 0 && configured !== count)
    throw invalidCombination(
      `NumNodeGroups is ${count}, but NodeGroupConfiguration configures ${configured} node groups.`,
    );
  return count;
}

/** A shard of the snapshot as a request would have it. */
function storedShard({ shard }: SnapshotRecord["parts"][number]): NodeGroupConfiguration {
  return { NodeGroupId: shard?.id, Slots: shard?.slots, ReplicaCount: Math.max(0, (shard?.zones.length ?? 1) - 1) };
}

function idsOf(shards: readonly NodeGroupConfiguration[], count: number): string[] {
  const given = shards.flatMap(({ NodeGroupId }) => givenShardId(NodeGroupId) ?? []);
  if (given.length === 0) return freeIds([], count);
  if (given.length !== count)
    throw invalidCombination("NodeGroupId must be given for every node group of NodeGroupConfiguration, or for none.");
  for (const [index, id] of given.entries()) {
    if (!/^\d{4}$/.test(id)) throw invalidValue(`NodeGroupId ${id} is not valid: it must have one to four digits.`);
    if (given.indexOf(id) !== index) throw invalidValue(`NodeGroupId ${id} is given more than once.`);
  }
  return given;
}

/** @throws AwsError unless every slot is in one of them, or none says any. */
function slotsOf(shards: readonly NodeGroupConfiguration[], count: number): string[] {
  const given = shards.flatMap(({ Slots }) => filled(Slots) ?? []);
  if (given.length === 0) return evenSlots(count);
  if (given.length !== count)
    throw invalidCombination("Slots must be given for every node group of NodeGroupConfiguration, or for none.");
  const taken = new Set<number>();
  return given.map((text, index) => {
    const slots = parseSlots(text);
    if (slots === undefined)
      throw invalidValue(`Slots ${text} is not valid: it must be ranges within 0-${slotCount - 1}, as 0-4095,8192.`);
    for (const slot of slots) {
      if (taken.has(slot)) throw invalidValue(`Slot ${slot} is given to more than one node group.`);
      taken.add(slot);
    }
    if (index === count - 1 && taken.size < slotCount)
      throw invalidValue(`Slots of NodeGroupConfiguration cover ${taken.size} of ${slotCount} slots: all are needed.`);
    return slotsText(slots);
  });
}

function placementOfShard(input: CreateInput, shard: NodeGroupConfiguration, count: number): Placement {
  if (count > 1 && input.NumCacheClusters !== undefined)
    throw invalidCombination("NumCacheClusters cannot be used with several node groups: use ReplicasPerNodeGroup.");
  const { NumCacheClusters, ReplicasPerNodeGroup } = input;
  const configured = (input.NodeGroupConfiguration ?? []).length > 0;
  // What the request says of all shards goes before what the snapshot says of one.
  const asked = NumCacheClusters === undefined ? ReplicasPerNodeGroup : NumCacheClusters - 1;
  const ReplicaCount = configured ? shard.ReplicaCount : (asked ?? shard.ReplicaCount);
  return placementOf({ NumCacheClusters, ReplicasPerNodeGroup, NodeGroupConfiguration: [{ ...shard, ReplicaCount }] });
}
