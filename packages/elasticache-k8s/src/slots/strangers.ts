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
  if (seen.size === 0) return { gone: new Set(), leaving: [], busy: false };
  const pods = await podsByAddress(context, group);
  const told = await Promise.all(
    [...seen].map(async ([id, host]) => ({ id, is: await judge(context, group, { id, pod: pods.get(host) }, signal) })),
  );
  return {
    gone: new Set(told.flatMap(({ id, is }) => (is === "gone" ? [id] : []))),
    leaving: told.flatMap(({ is }) => (typeof is === "string" ? [] : [is])),
    busy: told.some(({ is }) => is === "busy"),
  };
}

/** What has become of the node with this id, by the Pod that has its address: one that is leaving, as it says itself, or one of the others. */
async function judge(
  context: CacheContext,
  group: CacheGroup,
  { id, pod }: { readonly id: string; readonly pod: V1Pod | undefined },
  signal: AbortSignal,
): Promise<"gone" | "busy" | ClusterMember> {
  const spec = pod === undefined ? undefined : specOf(pod);
  if (pod === undefined || spec?.clusterEnabled !== true) return "gone";
  const ending = pod.metadata?.deletionTimestamp !== undefined;
  if (group.shardOf(spec.nodeKey) === undefined) {
    if (ending) return "gone";
    const member = await ask(context, { pod, engine: spec.engine }, undefined, signal);
    // While it runs its slots, and their keys, are its own.
    if (member === undefined) return "busy";
    // One that was reset has another id.
    return member.id === id ? member : "gone";
  }
  const node = context.nodes.get(spec.nodeKey);
  const current = node?.pod?.metadata?.uid === pod.metadata?.uid;
  // The engine there has another id: it has the address of one that is gone.
  if (current && node?.replacing !== true) return "gone";
  // A Pod that replaces another, or hands over to one.
  return current || !ending ? "busy" : "gone";
}
