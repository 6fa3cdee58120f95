import type { ShardPosition, ShardReader, StreamRecord } from "@fc/lambda/event-sources";
import { serviceFailure } from "./service-failure.ts";

/** A shard that is read through iterators, as those of Kinesis and DynamoDB Streams are. */
export interface IteratorShard {
  /** For messages. */
  readonly name: string;
  iterator(position: ShardPosition, signal: AbortSignal): Promise<string | undefined>;
  /** `next` is undefined at the end of a closed shard. */
  records(
    iterator: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<{ readonly records: readonly StreamRecord[]; readonly next: string | undefined }>;
}

/** Begins to read; makes a new iterator when one has expired, and begins with the oldest record when those after the position are gone. */
export async function openIterator(
  shard: IteratorShard,
  position: ShardPosition,
  signal: AbortSignal,
): Promise<ShardReader> {
  const reader = new IteratorReader(shard, position);
  await reader.open(signal);
  return reader;
}

class IteratorReader implements ShardReader {
  readonly #shard: IteratorShard;
  #position: ShardPosition;
  #iterator: string | undefined;

  constructor(shard: IteratorShard, position: ShardPosition) {
    this.#shard = shard;
    this.#position = position;
  }

  async open(signal: AbortSignal): Promise<void> {
    try {
      this.#iterator = await this.#shard.iterator(this.#position, signal);
    } catch (error) {
      if (!isNamed(error, "TrimmedDataAccessException"))
        throw serviceFailure(`opening ${this.#shard.name}`, error, signal);
      this.#position = { from: "TRIM_HORIZON" };
      this.#iterator = await this.#shard.iterator(this.#position, signal);
    }
  }

  async read(call: {
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<{ readonly records: readonly StreamRecord[]; readonly ended: boolean }> {
    if (this.#iterator === undefined) return { records: [], ended: true };
    const { records, next } = await this.#records(this.#iterator, call.limit, call.signal);
    this.#iterator = next;
    const last = records.at(-1);
    if (last !== undefined) this.#position = { from: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
    return { records, ended: next === undefined };
  }

  async #records(iterator: string, limit: number, signal: AbortSignal): ReturnType<IteratorShard["records"]> {
    try {
      return await this.#shard.records(iterator, limit, signal);
    } catch (error) {
      if (!isNamed(error, "ExpiredIteratorException") && !isNamed(error, "TrimmedDataAccessException"))
        throw serviceFailure(`reading ${this.#shard.name}`, error, signal);
    }
    await this.open(signal);
    return { records: [], next: this.#iterator };
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
