import { errorText, withDeadline } from "@fc/core";
import type { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { isClusterMode } from "./cluster-mode.ts";
import { formCluster } from "./form-cluster.ts";

const joinTimeoutMs = 60_000;

/**
 * Makes a node's new Pod known to the cluster of its group, and has the former one forgotten. Nothing outside of cluster mode. Best effort, and never
 * rejects: the node serves by then, an abort is no reason to undo that, and the next change of the group does what is left. So does the
 * node's next Pod when this one is lost meanwhile: it cannot come before this ends, which has the node's turn.
 */
export async function rejoin(
  context: CacheContext,
  group: CacheGroup,
  node: Pick<CacheNode, "replacing">,
  signal: AbortSignal,
): Promise<void> {
  if (!isClusterMode(group.spec)) return;
  const what = `having the nodes of ${group.spec.groupId} know each other`;
  try {
    await withDeadline({ timeoutMs: joinTimeoutMs, what, signal, clock: context.clock }, (deadline) =>
      formCluster(context, group, deadline, { isOver: () => node.replacing }),
    );
  } catch (error) {
    context.logger.warn({ group: group.groupKey, error: errorText(error) }, "the nodes of a cluster do not agree yet");
  }
}
