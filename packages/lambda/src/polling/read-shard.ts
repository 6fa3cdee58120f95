import { FairQueue, withDeadline } from "@fc/core";
import type { ShardReader, StreamRecord, StreamSource } from "../event-sources/stream-source.ts";
import type { ShardRecord } from "../state/mapping-records.ts";
import { recordBytes } from "./batch.ts";
import { processBatch } from "./process-batch.ts";
import { laneOf, ShardLane } from "./shard-lane.ts";
import { ShardProgress } from "./shard-progress.ts";
import { filterableStreamEvent, streamEventRecord } from "./stream-event.ts";
import type { StreamItem, StreamPolling } from "./stream-polling.ts";

/** How often AWS asks a shard for records when there are none, in milliseconds. */
const intervalMs = { kinesis: 1_000, dynamodb: 250, sqs: 1_000 };
const callTimeoutMs = 30_000;
/** The most that one read may give. */
const maximumRead = 10_000;

/**
 * Reads a shard from its checkpoint and processes its records, up to its end. `opened` is called when reading has begun.
 * Rejects when it cannot be read, or `signal` aborts; the checkpoint tells where to go on.
 */
export async function readShard(
  polling: StreamPolling,
  source: StreamSource,
  shardId: string,
  signal: AbortSignal,
  opened: () => void,
): Promise<void> {
  const checkpoint = polling.checkpoints.get(shardId);
  if (checkpoint === undefined) return;
  const reader = await open(polling, source, checkpoint, signal);
  opened();
  await new ShardRun(polling, shardId, reader).run(signal);
  const { position } = polling.checkpoints.get(shardId) ?? checkpoint;
  polling.checkpoints.set({ shardId, position, finished: true });
}

async function open(
  polling: StreamPolling,
  source: StreamSource,
  { shardId, position }: ShardRecord,
  signal: AbortSignal,
): Promise<ShardReader> {
  const { clock } = polling;
  const timestampMs = clock.now();
  const reader = await withDeadline(
    { timeoutMs: callTimeoutMs, what: `opening ${shardId}`, signal, clock },
    (limited) => source.openShard(shardId, position, { signal: limited }),
  );
  // A restart before the first record must not skip what arrives meanwhile.
  if (position.from === "LATEST")
    polling.checkpoints.set({ shardId, position: { from: "AT_TIMESTAMP", timestampMs }, finished: false });
  return reader;
}

class ShardRun {
  readonly #polling: StreamPolling;
  readonly #shardId: string;
  readonly #reader: ShardReader;
  readonly #lanes: readonly ShardLane[];
  readonly #progress = new ShardProgress();
  readonly #room = new FairQueue<void>();

  constructor(polling: StreamPolling, shardId: string, reader: ShardReader) {
    this.#polling = polling;
    this.#shardId = shardId;
    this.#reader = reader;
    const { settings } = polling.mapping;
    this.#lanes = Array.from(
      { length: polling.stream.parallelizationFactor },
      () => new ShardLane(polling.clock, settings),
    );
  }

  /** Reads and processes side by side; the first that fails ends the other. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const work = [this.#read(either), ...this.#lanes.map((lane) => this.#process(lane, either))];
    try {
      await Promise.all(work);
    } catch (error) {
      failed.abort(error);
      await Promise.allSettled(work);
      throw error;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { clock, mapping } = this.#polling;
    const capacity = Math.min(mapping.settings.batchSize * this.#lanes.length, maximumRead);
    for (let ended = false; !ended; ) {
      const room = capacity - this.#waiting();
      if (room <= 0) {
        await this.#room.wait(signal);
        continue;
      }
      const what = `reading ${this.#shardId}`;
      const read = await withDeadline({ timeoutMs: callTimeoutMs, what, signal, clock }, (limited) =>
        this.#reader.read({ limit: room, signal: limited }),
      );
      for (const record of read.records) this.#take(record);
      this.#advance();
      ended = read.ended;
      if (!ended && read.records.length < room) await clock.sleep(intervalMs[mapping.kind], signal);
    }
    for (const lane of this.#lanes) lane.close();
  }

  async #process(lane: ShardLane, signal: AbortSignal): Promise<void> {
    const call = {
      polling: this.#polling,
      shardId: this.#shardId,
      signal,
      done: (items: readonly StreamItem[]): void => {
        this.#progress.finish(items);
        this.#advance();
      },
    };
    for (;;) {
      const batch = await lane.next(signal);
      if (batch === undefined) return;
      this.#room.offer(undefined);
      await processBatch(call, batch);
    }
  }

  #take(record: StreamRecord): void {
    const place = { arn: this.#polling.mapping.sourceArn, shardId: this.#shardId, role: this.#polling.role() };
    const event = streamEventRecord(record, place);
    const passes = this.#polling.filter(filterableStreamEvent(record, event));
    this.#progress.add(record.sequenceNumber, !passes);
    if (!passes) return;
    const item = { record, event, bytes: recordBytes(event), bufferedAt: this.#polling.clock.now() };
    this.#lanes[laneOf(record.partitionKey, this.#lanes.length)]?.push(item);
  }

  #waiting(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, 0);
  }

  #advance(): void {
    const sequenceNumber = this.#progress.advance();
    if (sequenceNumber === undefined) return;
    const position = { from: "AFTER_SEQUENCE_NUMBER", sequenceNumber } as const;
    this.#polling.checkpoints.set({ shardId: this.#shardId, position, finished: false });
  }
}
