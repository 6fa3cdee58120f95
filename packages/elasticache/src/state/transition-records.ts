/** Bytes in the blob store. JSON of a BlobRef. */
export interface StoredBytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * What is being done to a cluster's node. It is stored before the work starts and removed together with its outcome, so that a
 * restarted server finishes it: a transient status without a transition does not exist.
 */
export type Transition =
  /** `seed`: the ARN of the file that `restore` is read from first. */
  | {
      readonly kind: "create";
      readonly restore?: StoredBytes;
      readonly snapshotName?: string;
      readonly seed?: string;
    }
  | { readonly kind: "modify" }
  /** `nodeIds`: those of the nodes of a memcached cluster that are rebooted. */
  | { readonly kind: "reboot"; readonly nodeIds?: readonly string[] }
  | { readonly kind: "snapshot"; readonly snapshotName: string }
  | { readonly kind: "delete"; readonly finalSnapshot?: string }
  /** The backend replaces a lost engine; it says when it is back. */
  | { readonly kind: "recover" }
  /** The transition of the cluster's replication group has it in hand. */
  | { readonly kind: "group" };

/** Which hash slots each shard has, by its id: `{ "0001": "0-8191", … }`. */
export type SlotLayout = Readonly<Record<string, string>>;

/** What is being done to a replication group as a whole; stored like a cluster's. */
export type GroupTransition =
  /**
   * `restore`: the data of each shard, by its id; `seed`: the ARNs of the files that those are read from first. `layout`: the slots that
   * the shards are to have, where the data comes with others; shards without any go when it has moved.
   */
  | {
      readonly kind: "create";
      readonly restore?: Readonly<Record<string, StoredBytes>>;
      readonly snapshotName?: string;
      readonly seed?: Readonly<Record<string, string>>;
      readonly layout?: SlotLayout;
    }
  /** Pending engine settings of the members become theirs, one after the other. */
  | { readonly kind: "modify" }
  /** The new members are in the records already; those that go are, too, until they are gone. */
  | { readonly kind: "scale"; readonly adding: readonly string[]; readonly removing: readonly string[] }
  /**
   * Slots move, bit by bit, until the shards have those of `layout`; shards without any go. New shards are in the record already.
   * `before` is what it began with, and what is gone back to after a `failure`; `moving` is how many slots were to move.
   */
  | {
      readonly kind: "reshard";
      readonly layout: SlotLayout;
      readonly before: SlotLayout;
      readonly moving: number;
      readonly failure?: string;
    }
  /** Of every shard; the snapshot names the members that give the data. */
  | { readonly kind: "snapshot"; readonly snapshotName: string }
  /** `to`: the member that becomes the primary. `test`: TestFailover asked for it. */
  | { readonly kind: "failover"; readonly shardId: string; readonly to: string; readonly test: boolean }
  | { readonly kind: "delete"; readonly finalSnapshot?: string; readonly retain?: string };
