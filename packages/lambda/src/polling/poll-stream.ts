import { FairQueue, withDeadline } from "@fc/core";
import type { StreamSource } from "../event-sources/stream-source.ts";
import { pauseAfterFailure } from "./backoff.ts";
import { readShard } from "./read-shard.ts";
import type { StreamPolling } from "./stream-polling.ts";

/** How often the list of shards is read while none ends, in milliseconds. */
const discoveryMs = 10_000;
const callTimeoutMs = 30_000;

/**
 * Invokes the function with a stream's records until `signal` aborts; then waits for what runs. Shards are read side by side,
 * those that came from others after them. What cannot be read is tried again. Rejects with the signal's reason.
 */
export async function pollStream(polling: StreamPolling, source: StreamSource, signal: AbortSignal): Promise<void> {
  const shards = new RunningShards(polling, source, signal);
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const seen = shards.endCount;
        polling.checkTarget();
        await shards.start();
        if (failures > 0) polling.report("OK");
        failures = 0;
        polling.opened();
        await shards.change(seen);
      } catch (error) {
        // Shards that are being read go on meanwhile.
        failures += 1;
        await pauseAfterFailure(polling, { what: "listing the shards", error, failures }, signal);
      }
    }
  } finally {
    await shards.idle();
  }
}

/** The shards that are being read. */
class RunningShards {
  readonly #polling: StreamPolling;
  readonly #source: StreamSource;
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  readonly #ends = new FairQueue<void>();
  /** How many have ended so far. */
  endCount = 0;

  constructor(polling: StreamPolling, source: StreamSource, signal: AbortSignal) {
    this.#polling = polling;
    this.#source = source;
    this.#signal = signal;
  }

  /** Starts what is due and not running; resolves when its reading has begun, or could not. Rejects when the shards cannot be listed. */
  async start(): Promise<void> {
    const { clock, checkpoints, stream } = this.#polling;
    const deadline = { timeoutMs: callTimeoutMs, what: "listing the shards", signal: this.#signal, clock };
    const shards = await withDeadline(deadline, (signal) => this.#source.shards({ signal }));
    checkpoints.update(shards, stream);
    const due = shards.filter((shard) => !this.#running.has(shard.id) && checkpoints.isDue(shard));
    await Promise.all(due.map(({ id }) => this.#run(id)));
  }

  /** Resolves when more than `seen` have ended, which may have made others due, and at the latest when it is time to look again. */
  async change(seen: number): Promise<void> {
    if (this.endCount > seen) return;
    const cancel = this.#polling.clock.after(discoveryMs, () => this.#ends.offer(undefined));
    await this.#ends.wait(this.#signal).finally(cancel);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  #run(shardId: string): Promise<void> {
    const { opened, done } = runShard(this.#polling, this.#source, shardId, this.#signal);
    const ended = done.finally(() => {
      this.#running.delete(shardId);
      this.endCount += 1;
      this.#ends.offer(undefined);
    });
    this.#running.set(shardId, ended);
    return opened;
  }
}

/** Reads a shard to its end, again after every failure. Neither promise rejects. */
function runShard(
  polling: StreamPolling,
  source: StreamSource,
  shardId: string,
  signal: AbortSignal,
): { readonly opened: Promise<void>; readonly done: Promise<void> } {
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const read = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await readShard(polling, source, shardId, signal, () => {
          if (failures > 0) polling.report("OK");
          failures = 0;
          resolve();
        });
        return;
      } catch (error) {
        failures += 1;
        resolve();
        const failure = { what: `reading ${shardId}`, error, failures };
        // Rejects only when it is stopped, which the loop sees.
        await pauseAfterFailure(polling, failure, signal).catch(() => undefined);
      }
    }
  };
  return { opened, done: read().finally(resolve) };
}
