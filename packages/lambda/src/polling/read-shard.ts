import { FairQueue, withDeadline } from "@fc/core";
import type { ShardPosition, ShardReader, StreamRecord, StreamSource } from "../event-sources/stream-source.ts";
import type { ShardRecord } from "../state/mapping-records.ts";
import { recordBytes } from "./batch.ts";
import { endWindow } from "./end-window.ts";
import { processBatch } from "./process-batch.ts";
import { laneOf, ShardLane } from "./shard-lane.ts";
import { ShardProgress } from "./shard-progress.ts";
import { ShardWindow } from "./shard-window.ts";
import { filterableStreamEvent, streamEventRecord } from "./stream-event.ts";
import type { StreamItem } from "./stream-item.ts";
import type { StreamPolling } from "./stream-polling.ts";

/** How often AWS asks a shard for records when there are none, in milliseconds. */
const intervalMs = { kinesis: 1_000, dynamodb: 250, sqs: 1_000 };
const callTimeoutMs = 30_000;
/** How late a record may show up after its arrival, in milliseconds: a window is not over before. */
const latenessMs = 5_000;
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
  await new ShardRun(polling, polling.checkpoints.get(shardId) ?? checkpoint, reader).run(signal);
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
  readonly #window: ShardWindow | undefined;
  readonly #lanes: readonly ShardLane[];
  readonly #progress = new ShardProgress();
  readonly #room = new FairQueue<void>();
  #position: ShardPosition;

  constructor(polling: StreamPolling, { shardId, position, window }: ShardRecord, reader: ShardReader) {
    this.#polling = polling;
    this.#shardId = shardId;
    this.#reader = reader;
    this.#position = position;
    const { settings, sourceArn } = polling.mapping;
    const { parallelizationFactor, tumblingWindowSeconds } = polling.stream;
    if (tumblingWindowSeconds !== undefined)
      this.#window = new ShardWindow(tumblingWindowSeconds, { shardId, arn: sourceArn }, window);
    this.#lanes = Array.from(
      { length: parallelizationFactor },
      () => new ShardLane(polling.clock, settings, this.#window),
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
      const askedAt = clock.now();
      const read = await withDeadline({ timeoutMs: callTimeoutMs, what, signal, clock }, (limited) =>
        this.#reader.read({ limit: room, signal: limited }),
      );
      for (const record of read.records) this.#take(record);
      this.#advance();
      ended = read.ended;
      if (ended || read.records.length === room) continue;
      for (const lane of this.#lanes) lane.complete(askedAt - latenessMs);
      await clock.sleep(intervalMs[mapping.kind], signal);
    }
    for (const lane of this.#lanes) lane.close();
  }

  async #process(lane: ShardLane, signal: AbortSignal): Promise<void> {
    const call = {
      polling: this.#polling,
      shardId: this.#shardId,
      signal,
      window: this.#window,
      done: (items: readonly StreamItem[]): void => {
        this.#progress.finish(items);
        this.#advance();
      },
    };
    for (;;) {
      const batch = await lane.next(signal);
      if (batch === undefined) return;
      if (batch === "windowOver") await this.#endWindow("final", signal);
      else {
        this.#room.offer(undefined);
        if (batch[0] !== undefined) this.#window?.begin(batch[0]);
        await processBatch(call, batch);
        if (this.#window?.isTooLarge === true) await this.#endWindow("early", signal);
      }
    }
  }

  async #endWindow(call: "final" | "early", signal: AbortSignal): Promise<void> {
    if (this.#window === undefined) return;
    await endWindow(this.#polling, this.#window, call, signal);
    this.#save();
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
    this.#position = { from: "AFTER_SEQUENCE_NUMBER", sequenceNumber };
    this.#save();
  }

  /** The state of a window goes with the position up to which it was made. */
  #save(): void {
    const window = this.#window?.record;
    this.#polling.checkpoints.set({
      shardId: this.#shardId,
      position: this.#position,
      finished: false,
      ...(window === undefined ? {} : { window }),
    });
  }
}
