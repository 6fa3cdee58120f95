import { invalidCombination, invalidValue } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { lookup } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { SnapshotRecord, StoredBytes } from "../state/records.ts";

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
  const restore = Object.values(partsFor(snapshot, ["0001"]))[0];
  return restore === undefined ? undefined : { restore, snapshotName: snapshot.id };
}

/** The same of a replication group with these shards. */
export function groupRestore(
  snapshot: SnapshotRecord | undefined,
  shardIds: readonly string[],
): { readonly restore: Readonly<Record<string, StoredBytes>>; readonly snapshotName: string } | undefined {
  if (snapshot === undefined) return undefined;
  return { restore: partsFor(snapshot, shardIds), snapshotName: snapshot.id };
}

/** The snapshot's parts go to the shards in their order. */
function partsFor(snapshot: SnapshotRecord, shardIds: readonly string[]): Record<string, StoredBytes> {
  const { parts, id } = snapshot;
  if (parts.length !== shardIds.length)
    throw invalidCombination(
      `Snapshot ${id} has ${parts.length} node groups and cannot be restored into ${shardIds.length}: this endpoint does not split or join them.`,
    );
  return Object.fromEntries(
    parts.map(({ bytes }, index) => {
      if (bytes === undefined) throw new Error(`snapshot ${id} is available without the bytes of part ${index}`);
      return [shardIds[index] ?? "", bytes];
    }),
  );
}
