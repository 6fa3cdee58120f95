import { invalidCombination, invalidValue } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { lookup } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import { allSlots } from "../slots/slots.ts";
import type { SnapshotRecord } from "../state/records.ts";
import type { StoredBytes } from "../state/transition-records.ts";

/**
 * The snapshot that a creation names.
 * @throws AwsError `InvalidParameterValue`: the create operations do not declare SnapshotNotFoundFault.
 */
export function restoreSource(plane: Plane, scope: Scope, name: string | undefined): SnapshotRecord | undefined {
  const id = lookup(name);
  if (id === undefined) return undefined;
  const snapshot = plane.state.snapshots.get(scope, id);
  if (snapshot === undefined) throw invalidValue(`Snapshot not found: ${id}`);
  if (snapshot.status !== "available")
    throw invalidValue(`Snapshot ${id} is ${snapshot.status}; only an available snapshot can be restored.`);
  return snapshot;
}

/** What a creation's transition says of the snapshot that a single cluster starts with. */
export function clusterRestore(
  snapshot: SnapshotRecord | undefined,
): { readonly restore: StoredBytes; readonly snapshotName: string } | undefined {
  if (snapshot === undefined) return undefined;
  refuseClusterMode(snapshot);
  const restore = Object.values(partsFor(snapshot, ["0001"]))[0];
  return restore === undefined ? undefined : { restore, snapshotName: snapshot.id };
}

/** The same of a replication group: the parts go to the shards in their order. */
export function groupRestore(
  snapshot: SnapshotRecord,
  shardIds: readonly string[],
): { readonly restore: Readonly<Record<string, StoredBytes>>; readonly snapshotName: string } {
  return { restore: partsFor(snapshot, shardIds), snapshotName: snapshot.id };
}

/** Whether a snapshot is of a replication group in cluster mode: its parts have the keys of their slots only. */
export function isOfClusterMode({ parts }: SnapshotRecord): boolean {
  return parts.some(({ shard }) => shard?.slots !== undefined);
}

/** The slots of the snapshot's parts: all of them are in the only one of a snapshot that is not of cluster mode. */
export function partSlots({ parts }: SnapshotRecord): string[] {
  return parts.map(({ shard }) => shard?.slots ?? allSlots);
}

function partsFor(snapshot: SnapshotRecord, shardIds: readonly string[]): Record<string, StoredBytes> {
  const { parts, id } = snapshot;
  return Object.fromEntries(
    parts.map(({ bytes }, index) => {
      if (bytes === undefined) throw new Error(`snapshot ${id} is available without the bytes of part ${index}`);
      return [shardIds[index] ?? "", bytes];
    }),
  );
}

/** @throws AwsError `InvalidParameterCombination`: an engine that is not in cluster mode has all of the keys. */
export function refuseClusterMode(snapshot: SnapshotRecord | undefined): void {
  if (snapshot !== undefined && isOfClusterMode(snapshot))
    throw invalidCombination(
      `Snapshot ${snapshot.id} is of a replication group with cluster mode enabled and cannot be restored with cluster mode disabled.`,
    );
}
