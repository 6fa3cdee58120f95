import type { Plane } from "../plane.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { applyParameters, modifyNode, rebootNode } from "./change-node.ts";
import { deleteNode } from "./delete-node.ts";
import { adoptMemcached, applyMemcachedParameters, createMemcached, rebootMemcached } from "./memcached-cluster.ts";
import { modifyMemcached } from "./modify-memcached.ts";
import { taskKey } from "./outcome.ts";
import { adoptNode, createNode } from "./start-node.ts";
import { snapshotNode } from "./take-snapshot.ts";

type Work = (plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal) => Promise<void>;

const works: Readonly<Record<Exclude<NonNullable<CacheClusterRecord["transition"]>["kind"], "group">, Work>> = {
  create: createNode,
  reboot: rebootNode,
  modify: modifyNode,
  snapshot: snapshotNode,
  delete: deleteNode,
  recover: waitForRecovery,
};

/** The same for memcached, which has several nodes. */
const memcachedWorks: typeof works = {
  ...works,
  create: createMemcached,
  reboot: rebootMemcached,
  modify: modifyMemcached,
};

/** Gives the cluster's stored transition its owner: the task that ends it. A deletion stops what runs before it. */
export function drive(plane: Plane, cluster: CacheClusterRecord): void {
  const { transition } = cluster;
  if (transition === undefined || transition.kind === "group") return;
  const work = (cluster.cacheNodes === undefined ? works : memcachedWorks)[transition.kind];
  plane.tasks.run(taskKey(cluster), (signal) => work(plane, cluster, signal), {
    preempt: transition.kind === "delete",
  });
}

/** Applies the values of the cluster's parameter group, after whatever is under way. */
export function driveParameters(plane: Plane, cluster: CacheClusterRecord): void {
  plane.tasks.run(taskKey(cluster), (signal) => applyToNodes(plane, cluster, signal));
}

/** Starts or adopts the cluster's node. With `message`, the adoption is an event. */
export function driveAdoption(
  plane: Plane,
  cluster: CacheClusterRecord,
  options: { readonly message?: string; readonly preempt?: boolean } = {},
): void {
  const work = async (signal: AbortSignal): Promise<void> => {
    await adopt(plane, cluster, signal, options.message);
    // An application of parameters may have been stopped for this one.
    const { parameterStatus } = plane.state.currentCluster(cluster) ?? {};
    if (parameterStatus === "applying" && !signal.aborted) await applyToNodes(plane, cluster, signal);
  };
  plane.tasks.run(taskKey(cluster), work, { preempt: options.preempt ?? false });
}

/** The backend replaces a lost node and tells when it is done; if it never does, the node is asked for again. */
async function waitForRecovery(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  await plane.clock.sleep(plane.settings.createTimeoutSeconds * 1000, signal).catch(() => undefined);
  if (!signal.aborted && plane.state.currentCluster(cluster)?.transition?.kind === "recover")
    await adopt(plane, cluster, signal);
}

function adopt(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal, message?: string): Promise<void> {
  return (cluster.cacheNodes === undefined ? adoptNode : adoptMemcached)(plane, cluster, signal, message);
}

function applyToNodes(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  return (cluster.cacheNodes === undefined ? applyParameters : applyMemcachedParameters)(plane, cluster, signal);
}
