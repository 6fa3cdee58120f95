import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import type { ClusterMember } from "./cluster-member.ts";

/**
 * Makes nodes that are no members any more, and have no slots, nodes by themselves: they forget the cluster and have another id, so that it does not
 * learn of them again.
 */
export async function leaveCluster(
  context: CacheContext,
  leaving: readonly ClusterMember[],
  signal: AbortSignal,
): Promise<void> {
  const free = leaving.filter(({ view }) => view.myself.slots.size === 0);
  await Promise.all(
    free.map(({ engine, view }) => {
      const what = `taking Pod ${engine.pod.metadata?.name} out of its cluster`;
      return withEngine(context, { ...engine, what }, signal, async (connection, deadline) => {
        // Keys without a slot are nobody's; a primary that has some is not reset. A replica drops them by itself.
        if (!view.myself.flags.has("slave")) await connection.call(["FLUSHALL", "ASYNC"], deadline);
        await connection.call(["CLUSTER", "RESET", "HARD"], deadline);
      });
    }),
  );
}
