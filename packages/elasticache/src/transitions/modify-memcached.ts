import { newNodes } from "../clusters/memcached-nodes.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import { modifyMessages } from "./change-node.ts";
import { rebootOne } from "./memcached-cluster.ts";
import { serveConfiguration, startNodes } from "./memcached-nodes.ts";
import { settled } from "./outcome.ts";
import { removeKeys, removeUntilGone } from "./remove-node.ts";

/**
 * Ends `modifying` of a memcached cluster: its nodes get their pending engine settings, one after the other, then nodes come or go. What
 * fails is not done, and an event says why.
 */
export async function modifyMemcached(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "modify") return;
  let messages: readonly string[];
  try {
    if (cluster.pending !== undefined) await changeEngines(plane, cluster, signal);
    const done = await changeCount(plane, plane.state.currentCluster(cluster) ?? cluster, signal);
    messages = [...done, modifyMessages.done];
  } catch (error) {
    if (signal.aborted) return;
    const message = `${modifyMessages.failed}: ${failureText(error)}`;
    plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region }, message);
    messages = [message];
  }
  if (signal.aborted) return;
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => {
      const { pending: _done, pendingNodes: _too, ...rest } = settled(current, "available");
      return rest;
    });
    if (changed !== undefined) for (const message of messages) plane.events.ofCluster(changed, message);
  });
}

/** When one node does not come up with the new settings, those before it get the former ones back. */
async function changeEngines(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const wanted: CacheClusterRecord = { ...cluster, ...cluster.pending };
  const changed: CacheNodeRecord[] = [];
  try {
    for (const node of cluster.cacheNodes ?? []) {
      await rebootOne(plane, wanted, node, signal);
      changed.push(node);
    }
  } catch (error) {
    if (!signal.aborted) await Promise.allSettled(changed.map((node) => rebootOne(plane, cluster, node, signal)));
    throw error;
  }
  const { engine, engineVersion, nodeType, parameterGroup } = wanted;
  plane.state.updateCluster(cluster, ({ pending: _done, ...current }) => ({
    ...current,
    engine,
    engineVersion,
    nodeType,
    parameterGroup,
    parameterStatus: "in-sync",
  }));
}

/**
 * New nodes serve before clients are told of them; clients are told no more of those that go before they go. Gives what was done, for
 * events. What a former process did of it is found in the record, and is done at most again.
 */
async function changeCount(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<string[]> {
  const planned = plane.state.updateCluster(cluster, (current) => withPlannedNodes(plane, current));
  if (planned?.pendingNodes === undefined) return [];
  const { adding = [], removing } = planned.pendingNodes;
  const coming = (planned.cacheNodes ?? []).filter(({ nodeKey }) => adding.includes(nodeKey));
  try {
    await startNodes(plane, planned, coming, signal);
  } catch (error) {
    await removeNodes(plane, planned, coming, signal);
    // Of those that served for a former process, clients may know.
    if (coming.some(({ status }) => status !== "creating")) await tellClients(plane, planned, signal);
    throw error;
  }
  await tellClients(plane, planned, signal);
  const leaving = (planned.cacheNodes ?? []).filter(({ status }) => status === "deleting");
  await removeNodes(plane, planned, leaving, signal);
  return [
    ...coming.map(({ id, availabilityZone }) => `Added cache node ${id} in availability zone ${availabilityZone}`),
    ...removing.map((id) => `Removed cache node ${id}`),
  ];
}

/** Has the configuration endpoint tell of the nodes that serve now and stay. */
async function tellClients(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const serving = plane.state.updateCluster(cluster, (current) => ({
    ...current,
    configurationVersion: (current.configurationVersion ?? 0) + 1,
  }));
  if (serving === undefined) return;
  const configuration = await serveConfiguration(plane, serving, signal, true);
  plane.state.updateCluster(serving, (current) => ({ ...current, ...configuration }));
}

/** The record with the nodes that are to come, which a former process may have put there, and with those that are to go marked so. */
function withPlannedNodes(plane: Plane, cluster: CacheClusterRecord): CacheClusterRecord {
  if (cluster.pendingNodes === undefined) return cluster;
  const { count, removing, zones, adding = [] } = cluster.pendingNodes;
  const nodes = (cluster.cacheNodes ?? []).map((node) =>
    removing.includes(node.id) ? { ...node, status: "deleting" as const } : node,
  );
  const missing = zones.slice(0, Math.max(0, count - nodes.length));
  const cacheNodes = [...nodes, ...newNodes(cluster, missing, plane.clock.now())].sort(byId);
  const creating = cacheNodes.flatMap(({ status, nodeKey }) => (status === "creating" ? nodeKey : []));
  return {
    ...cluster,
    cacheNodes,
    pendingNodes: { ...cluster.pendingNodes, adding: [...new Set([...adding, ...creating])] },
  };
}

/** Nothing is left of the nodes, then they are in no record any more; unless aborted. */
async function removeNodes(
  plane: Plane,
  cluster: CacheClusterRecord,
  nodes: readonly CacheNodeRecord[],
  signal: AbortSignal,
): Promise<void> {
  if (nodes.length === 0) return;
  const keys = nodes.map(({ nodeKey }) => nodeKey);
  const onFailure = (error: unknown): void =>
    plane.events.ofCluster(cluster, `Cache nodes could not be removed yet: ${failureText(error)}`);
  const text = `removing nodes of cache cluster ${cluster.id}`;
  await removeUntilGone(plane, { text, signal, onFailure }, (options) => removeKeys(plane, keys, options));
  if (signal.aborted) return;
  plane.state.updateCluster(cluster, (current) => ({
    ...current,
    cacheNodes: (current.cacheNodes ?? []).filter(({ nodeKey }) => !keys.includes(nodeKey)),
  }));
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
