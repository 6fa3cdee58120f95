import { errorText } from "@fc/core";
import type { CacheGroupSpec } from "@fc/elasticache/backend";
import type { CacheContext } from "../node/cache-context.ts";
import { promote } from "./replication.ts";
import { engineOf } from "./shard-endpoints.ts";

/** Nodes that were members and are none any more go on alone. One that does not answer is lost, and comes back alone by itself. */
export async function detachFormer(
  context: CacheContext,
  former: CacheGroupSpec,
  now: CacheGroupSpec,
  signal: AbortSignal,
): Promise<void> {
  const keysOf = ({ shards }: CacheGroupSpec): string[] =>
    shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => nodeKey);
  const kept = new Set(keysOf(now));
  const gone = keysOf(former).filter((nodeKey) => !kept.has(nodeKey));
  const detaching = gone.map(async (nodeKey) => {
    const engine = engineOf(context.nodes.get(nodeKey));
    if (engine === undefined) return;
    await promote(context, engine, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      context.logger.warn({ nodeKey, error: errorText(error) }, "a node that left its group does not answer");
    });
  });
  await Promise.all(detaching);
}
