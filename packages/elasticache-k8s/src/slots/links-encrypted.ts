import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { specOf } from "../node/find-node.ts";

/**
 * Whether the nodes of a cluster talk to each other encrypted: those in clear and encrypted ones do not hear each other, so all do once all can. A node
 * that is to be in clear cannot, and neither can one whose Pod still is.
 */
export function linksEncrypted(context: Pick<CacheContext, "nodes">, group: Pick<CacheGroup, "spec">): boolean {
  const can = ({ access }: CacheNodeSpec): boolean => access?.tls !== undefined;
  return group.spec.shards
    .flatMap(({ nodes }) => nodes)
    .every((member) => {
      const { spec = member, pod } = context.nodes.get(member.nodeKey) ?? {};
      const running = pod === undefined ? undefined : specOf(pod);
      return can(spec) && (running === undefined || can(running));
    });
}
