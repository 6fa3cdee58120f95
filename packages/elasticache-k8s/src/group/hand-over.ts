import { errorText, withDeadline } from "@fc/core";
import type { CacheContext } from "../node/cache-context.ts";
import { pauseWrites, resumeWrites } from "../node/copy-data.ts";
import { withEngine } from "../node/engine-link.ts";
import { specOf } from "../node/find-node.ts";
import { isClustered } from "../slots/cluster-link.ts";
import { type EnginePod, follow, promote, replicationOf } from "./replication.ts";

/** A replica that follows is milliseconds behind; one that is not in this time does not follow. */
const catchUpTimeoutMs = 10_000;
const pauseMs = 10;

/**
 * Makes the replica `to` the primary in place of `from`: writes wait on `from` until `to` has them all, then `commit` leads clients
 * to `to`. A failure lets the writes go on. What becomes of `from` then is the caller's.
 */
export async function handOver(
  context: CacheContext,
  from: EnginePod,
  to: EnginePod,
  signal: AbortSignal,
  commit: () => Promise<void>,
): Promise<void> {
  const what = `waiting until Pod ${to.pod.metadata?.name} has all writes of ${from.pod.metadata?.name}`;
  await pauseWrites(context, from, signal);
  try {
    await withDeadline({ timeoutMs: catchUpTimeoutMs, what, signal, clock: context.clock }, async (deadline) => {
      const { offset } = await replicationOf(context, from, deadline);
      while ((await replicationOf(context, to, deadline)).offset < offset) await context.clock.sleep(pauseMs, deadline);
    });
    await promote(context, to, signal);
    await commit();
  } catch (error) {
    await resumeWrites(context, from);
    throw error;
  }
}

function nodeKeyOf({ pod }: EnginePod): string | undefined {
  return specOf(pod)?.nodeKey;
}

/**
 * Makes a former primary follow the new one and ends the connections of its clients: they come back by the endpoint, to the new
 * one. One that cannot be made to follow keeps its writes waiting: a write that it took would be lost. Best effort.
 */
export async function stepDown(context: CacheContext, former: EnginePod, primary: EnginePod): Promise<void> {
  const what = `ending the connections of Pod ${former.pod.metadata?.name}`;
  const { signal } = new AbortController();
  try {
    await follow(context, former, primary, signal);
    // In cluster mode the engine itself sends them to the new primary, unless that is behind the same address.
    const stay = isClustered(former) && nodeKeyOf(former) !== nodeKeyOf(primary);
    await withEngine(context, { ...former, what }, signal, async (connection, deadline) => {
      if (!stay) await connection.call(["CLIENT", "KILL", "TYPE", "normal"], deadline);
      await connection.call(["CLIENT", "UNPAUSE"], deadline);
    });
  } catch (error) {
    context.logger.warn(
      { pod: former.pod.metadata?.name, error: errorText(error) },
      "a former primary does not follow",
    );
  }
}
