import type { Shard, ShardPosition } from "../event-sources/stream-source.ts";
import { keyOf, type LambdaRecords, prefixOf } from "../state/lambda-records.ts";
import type { MappingRecord, ShardRecord, StreamSettings } from "../state/mapping-records.ts";

/** How far a mapping has come in each shard of its stream. */
export class Checkpoints {
  readonly #records: LambdaRecords;
  readonly #mapping: MappingRecord;

  constructor(records: LambdaRecords, mapping: MappingRecord) {
    this.#records = records;
    this.#mapping = mapping;
  }

  get(shardId: string): ShardRecord | undefined {
    return this.#records.shards.get(this.#key(shardId));
  }

  set(record: ShardRecord): void {
    // A mapping that was deleted meanwhile must leave nothing behind.
    if (this.#records.mappings.get(keyOf(this.#mapping, this.#mapping.id)) === undefined) return;
    this.#records.shards.set(this.#key(record.shardId), record);
  }

  /**
   * Gives every listed shard a place to begin: the mapping's starting position when it sees the stream for the first time; the
   * oldest record of shards that came later, since nothing of theirs was read. Forgets shards that are no more.
   */
  update(shards: readonly Shard[], settings: StreamSettings): void {
    const known = this.#records.shards.list(prefixOf(this.#mapping, this.#mapping.id));
    const listed = new Set(shards.map(({ id }) => id));
    for (const { key, value } of known) if (!listed.has(value.shardId)) this.#records.shards.delete(key);
    for (const { id, closed } of shards) {
      if (this.get(id) !== undefined) continue;
      const position: ShardPosition = known.length > 0 ? { from: "TRIM_HORIZON" } : startOf(settings);
      this.set({ shardId: id, position, finished: closed && position.from === "LATEST" });
    }
  }

  /** Whether a shard may be read now: it is not finished, and those it came from are, or are no more. */
  isDue(shard: Shard): boolean {
    const finished = (id: string): boolean => this.get(id)?.finished ?? true;
    return !finished(shard.id) && shard.parentIds.every(finished);
  }

  #key(shardId: string): string {
    return keyOf(this.#mapping, this.#mapping.id, shardId);
  }
}

function startOf({ startingPosition, startingTimestampMs = 0 }: StreamSettings): ShardPosition {
  return startingPosition === "AT_TIMESTAMP"
    ? { from: "AT_TIMESTAMP", timestampMs: startingTimestampMs }
    : { from: startingPosition };
}
