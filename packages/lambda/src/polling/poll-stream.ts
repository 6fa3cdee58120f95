import { errorText, FairQueue, withDeadline } from "@fc/core";
import type { Shard, StreamSource } from "../event-sources/stream-source.ts";
import { backoffMs } from "./backoff.ts";
import { readShard } from "./read-shard.ts";
import type { StreamPolling } from "./stream-polling.ts";

/** How often the list of shards is read while none ends, in milliseconds. */
const discoveryMs = 10_000;
const callTimeoutMs = 30_000;

/**
 * Invokes the function with a stream's records until `signal` aborts; then waits for what runs. Shards are read side by side,
 * those that came from others after them. Rejects when the shards cannot be listed.
 */
export async function pollStream(polling: StreamPolling, source: StreamSource, signal: AbortSignal): Promise<void> {
  const { clock, checkpoints } = polling;
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const ends = new FairQueue<void>();
  let endCount = 0;
  try {
    while (!signal.aborted) {
      const seen = endCount;
      polling.checkTarget();
      const what = `listing the shards of ${polling.mapping.sourceArn}`;
      const shards = await withDeadline({ timeoutMs: callTimeoutMs, what, signal, clock }, (limited) =>
        source.shards({ signal: limited }),
      );
      checkpoints.update(shards, polling.stream);
      const started = dueShards(polling, shards, running).map((shard) => {
        const run = runShard(polling, source, shard.id, either);
        const done = run.done.finally(() => {
          running.delete(shard.id);
          endCount += 1;
          ends.offer(undefined);
        });
        running.set(shard.id, done);
        return run.opened;
      });
      await Promise.all(started);
      polling.opened();
      // A shard that has ended may have made others due.
      if (endCount > seen) continue;
      const cancel = clock.after(discoveryMs, () => ends.offer(undefined));
      await ends.wait(signal).finally(cancel);
    }
  } finally {
    stop.abort(new Error("The stream is not polled any more"));
    await Promise.allSettled(running.values());
  }
}

function dueShards(polling: StreamPolling, shards: readonly Shard[], running: ReadonlyMap<string, unknown>): Shard[] {
  return shards.filter((shard) => !running.has(shard.id) && polling.checkpoints.isDue(shard));
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
          failures = 0;
          resolve();
        });
        return;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        polling.logger.warn(
          { mapping: polling.mapping.id, shardId, error: errorText(error) },
          "reading a shard failed",
        );
        polling.report(`PROBLEM: ${errorText(error)}`);
        resolve();
        // Rejects only when it is stopped, which the loop sees.
        await polling.clock.sleep(backoffMs(failures), signal).catch(() => undefined);
      }
    }
  };
  return { opened, done: read().finally(resolve) };
}
