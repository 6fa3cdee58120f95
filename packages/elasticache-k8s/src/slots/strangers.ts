import type { V1Pod } from "@kubernetes/client-node";
import type { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { specOf } from "../node/find-node.ts";
import { ask, type ClusterMember, podsByAddress } from "./cluster-member.ts";

/** The nodes that members see beside each other. */
export interface Strangers {
  /** Ids of nodes that are gone: nothing of them is to be kept. */
  readonly gone: ReadonlySet<string>;
  /** Members of former times that run: they give their slots away first. */
  readonly leaving: readonly ClusterMember[];
  /** Whether there are others, on their way in or out: they are not to be touched yet. */
  readonly busy: boolean;
}

/** Tells the nodes apart that members see and that are none. */
export async function strangersOf(
  context: CacheContext,
  group: CacheGroup,
  members: readonly ClusterMember[],
  signal: AbortSignal,
): Promise<Strangers> {
  const own = new Set(members.map(({ id }) => id));
  const seen = new Map<string, string>();
  for (const { view } of members)
    for (const { id, host, flags } of view.byId.values())
      if (!own.has(id) && !flags.has("handshake")) seen.set(id, flags.has("noaddr") ? "" : host);
  const found = { gone: new Set<string>(), leaving: [] as ClusterMember[], busy: false };
  if (seen.size === 0) return found;
  const pods = await podsByAddress(context, group);
  for (const [id, host] of seen) {
    const pod = pods.get(host);
    const kind = pod === undefined ? "gone" : kindOf(context, group, pod);
    if (kind === "busy") found.busy = true;
    if (kind !== "leaving" || pod === undefined) {
      if (kind === "gone") found.gone.add(id);
      continue;
    }
    const member = await ask(context, { pod, engine: specOf(pod)?.engine ?? "redis" }, undefined, signal);
    // One that was reset has another id.
    if (member?.id === id) found.leaving.push(member);
    else found.gone.add(id);
  }
  return found;
}

function kindOf(context: CacheContext, group: CacheGroup, pod: V1Pod): "gone" | "leaving" | "busy" {
  const spec = specOf(pod);
  if (spec?.clusterEnabled !== true) return "gone";
  if (group.shardOf(spec.nodeKey) === undefined)
    return pod.metadata?.deletionTimestamp === undefined ? "leaving" : "gone";
  const node = context.nodes.get(spec.nodeKey);
  const current = node?.pod?.metadata?.uid === pod.metadata?.uid;
  // The engine there has another id: it has the address of one that is gone.
  if (current && node?.replacing !== true) return "gone";
  // A Pod that replaces another, or hands over to one.
  if (current || pod.metadata?.deletionTimestamp === undefined) return "busy";
  return "gone";
}
