import { errorText } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { fetchRdb } from "../rdb/fetch-rdb.ts";
import { storeTemporaryRdb, type TemporaryRdb } from "../rdb/rdb-source.ts";
import { EngineReplyError } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import { countKeys, dialEngine, type KeyCount, withEngine } from "./engine-link.ts";

/** A copy of an engine's data, taken while its writes wait. */
export interface CopiedData extends AsyncDisposable {
  readonly rdb: TemporaryRdb;
  readonly count: KeyCount;
  /** Lets the writes go on. */
  release(): Promise<void>;
}

/** Longer than any copy and start may take; the engine itself ends the pause then. */
const pauseMs = 600_000;

/** Holds the engine's writes back, counts its keys and copies its data. When it rejects, the writes go on. */
export async function copyData(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<CopiedData> {
  const { pod, engine } = target;
  // Its Pod may be about to go, and while the engine gives a snapshot it gives no other copy.
  context.snapshots.hurry(pod.metadata?.name ?? "");
  await pauseWrites(context, target, signal);
  const release = (): Promise<void> => resumeWrites(context, target);
  try {
    const count = await countKeys(context, pod, engine, signal);
    const dial = (each: AbortSignal) => dialEngine(context, pod, engine, each);
    const rdb = await fetchRdb({ dial, clock: context.clock, signal }, (transfer) =>
      storeTemporaryRdb(context.blobs, transfer.content, transfer.sizeBytes),
    );
    return { rdb, count, release, [Symbol.asyncDispose]: () => rdb[Symbol.asyncDispose]() };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Holds the engine's writes back until {@link resumeWrites}. */
export async function pauseWrites(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<void> {
  const what = `holding the writes of Pod ${target.pod.metadata?.name}`;
  try {
    await withEngine(context, { ...target, what }, signal, (connection, deadline) =>
      connection.call(["CLIENT", "PAUSE", String(pauseMs), "WRITE"], deadline),
    );
  } catch (error) {
    // Redis before 6.2 cannot hold back writes alone: those during the copy are then lost, as any reboot may lose them.
    if (!(error instanceof EngineReplyError)) throw error;
    context.logger.warn(
      { pod: target.pod.metadata?.name, error: errorText(error) },
      "the engine does not hold writes back",
    );
  }
}

/** Ends a pause of {@link copyData}, also one that a dead process has left. Best effort. */
export async function resumeWrites(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
): Promise<void> {
  const what = `letting the writes of Pod ${target.pod.metadata?.name} go on`;
  try {
    // Not the caller's signal: this has to happen after an abort too.
    await withEngine(context, { ...target, what }, new AbortController().signal, (connection, deadline) =>
      connection.call(["CLIENT", "UNPAUSE"], deadline),
    );
  } catch (error) {
    context.logger.warn(
      { pod: target.pod.metadata?.name, error: errorText(error) },
      "the engine's writes stay held back",
    );
  }
}
