import { type Clock, systemClock } from "@fc/core";
import type { KinesisRecord, Shard, ShardPosition, StreamSource } from "../event-sources/stream-source.ts";

/** A Kinesis {@link StreamSource} in memory. It begins with one shard, `shard-0`. */
export interface MemoryStream extends StreamSource {
  /** Adds a record to an open shard and gives its sequence number. Default: the newest open shard. */
  put(data: string, options?: { readonly partitionKey?: string; readonly shardId?: string }): string;
  /** Closes a shard and opens this many new ones that came from it; gives their ids. */
  split(shardId: string, count: number): string[];
  /** Makes calls fail until it is unset. */
  failure: Error | undefined;
}

interface MemoryShard {
  readonly id: string;
  readonly parentIds: readonly string[];
  closed: boolean;
  readonly records: KinesisRecord[];
}

export function memoryStream(options: { readonly clock?: Clock } = {}): MemoryStream {
  const clock = options.clock ?? systemClock;
  const shards: MemoryShard[] = [{ id: "shard-0", parentIds: [], closed: false, records: [] }];
  let lastNumber = 0;
  const find = (id: string): MemoryShard => {
    const shard = shards.find((one) => one.id === id);
    if (shard === undefined) throw new Error(`There is no shard ${id}`);
    return shard;
  };
  const call = <T>(work: () => T): Promise<T> =>
    stream.failure === undefined ? Promise.resolve().then(work) : Promise.reject(stream.failure);
  const stream: MemoryStream = {
    failure: undefined,
    put: (data, { partitionKey = "key", shardId } = {}) => {
      const shard = shardId === undefined ? shards.findLast(({ closed }) => !closed) : find(shardId);
      if (shard === undefined || shard.closed) throw new Error("The shard is closed");
      lastNumber += 1;
      const sequenceNumber = String(lastNumber).padStart(8, "0");
      const encoded = Buffer.from(data).toString("base64");
      shard.records.push({ kind: "kinesis", sequenceNumber, partitionKey, data: encoded, arrivedAtMs: clock.now() });
      return sequenceNumber;
    },
    split: (shardId, count) => {
      find(shardId).closed = true;
      return Array.from({ length: count }, () => {
        const id = `shard-${shards.length}`;
        shards.push({ id, parentIds: [shardId], closed: false, records: [] });
        return id;
      });
    },
    shards: () => call(() => shards.map(({ id, parentIds, closed }): Shard => ({ id, parentIds, closed }))),
    openShard: (shardId, position) =>
      call(() => {
        const shard = find(shardId);
        let next = indexOf(shard.records, position);
        return {
          read: ({ limit }) =>
            call(() => {
              const records = shard.records.slice(next, next + limit);
              next += records.length;
              return { records, ended: shard.closed && next === shard.records.length };
            }),
        };
      }),
  };
  return stream;
}

function indexOf(records: readonly KinesisRecord[], position: ShardPosition): number {
  const first = (test: (record: KinesisRecord) => boolean): number => {
    const index = records.findIndex(test);
    return index < 0 ? records.length : index;
  };
  switch (position.from) {
    case "TRIM_HORIZON":
      return 0;
    case "LATEST":
      return records.length;
    case "AT_TIMESTAMP":
      return first(({ arrivedAtMs }) => arrivedAtMs >= position.timestampMs);
    case "AFTER_SEQUENCE_NUMBER":
      return first(({ sequenceNumber }) => sequenceNumber > position.sequenceNumber);
  }
}
