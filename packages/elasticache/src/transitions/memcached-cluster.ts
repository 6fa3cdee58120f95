import { failureText } from "../errors.ts";
import { parameterGroup, parametersAtReboot } from "../parameter-groups/values.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { serveConfiguration, startNodes, updateNode, updateNodes } from "./memcached-nodes.ts";
import { memcachedSpec, stayingNodes } from "./node-spec.ts";
import { isComingUp, settled } from "./outcome.ts";
import { removeNode } from "./remove-node.ts";
import { becomeUnusable, failureStatus } from "./start-node.ts";

/** Ends `creating` of a memcached cluster: `available` when all of its nodes serve, or a terminal status with nothing left of them. */
export async function createMemcached(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "create") return;
  try {
    await bringUp(plane, cluster, cluster.cacheNodes ?? [], signal);
    for (const { id, availabilityZone } of cluster.cacheNodes ?? [])
      plane.events.ofCluster(cluster, `Added cache node ${id} in availability zone ${availabilityZone}`);
    plane.events.ofCluster(cluster, "Cache cluster created");
  } catch (error) {
    if (signal.aborted) return;
    await removeNode(plane, cluster, signal);
    if (signal.aborted) return;
    updateNodes(plane, cluster, ({ endpoint: _gone, instance: _too, ...node }) => ({ ...node, status: "creating" }));
    becomeUnusable(
      plane,
      cluster,
      failureStatus(error, false),
      `Failed to create cache cluster: ${failureText(error)}`,
    );
  }
}

/**
 * Makes sure that all nodes of a known cluster run: after a restart of this process, and when a lost node is back. Those that a modification
 * adds are its own: when they cannot be had, the cluster serves on without them.
 */
export async function adoptMemcached(
  plane: Plane,
  begun: CacheClusterRecord,
  signal: AbortSignal,
  message?: string,
): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster === undefined) return;
  try {
    await bringUp(plane, cluster, stayingNodes(cluster), signal);
    if (message !== undefined) plane.events.ofCluster(cluster, message);
  } catch (error) {
    if (signal.aborted) return;
    becomeUnusable(plane, cluster, failureStatus(error, false), `Failed to recover cache nodes: ${failureText(error)}`);
  }
}

async function bringUp(
  plane: Plane,
  cluster: CacheClusterRecord,
  nodes: readonly CacheNodeRecord[],
  signal: AbortSignal,
): Promise<void> {
  await startNodes(plane, cluster, nodes, signal);
  const configuration = await serveConfiguration(plane, plane.state.currentCluster(cluster) ?? cluster, signal);
  plane.state.updateCluster(cluster, (current) => ({
    ...(isComingUp(current) ? settled(current, "available") : current),
    ...configuration,
  }));
}

/** Ends `rebooting cache cluster nodes`: those that were named begin anew, empty. A node that cannot keeps running as it was. */
export async function rebootMemcached(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "reboot") return;
  const { nodeIds = [] } = cluster.transition;
  const nodes = (cluster.cacheNodes ?? []).filter(({ id }) => nodeIds.includes(id));
  await Promise.all(
    nodes.map(async (node) => {
      try {
        await rebootOne(plane, cluster, node, signal);
        plane.events.ofCluster(cluster, `Cache node ${node.id} restarted`);
      } catch (error) {
        if (signal.aborted) return;
        plane.events.ofCluster(
          cluster,
          `Cache node ${node.id} could not be rebooted and keeps running as it was: ${failureText(error)}`,
        );
        updateNode(plane, cluster, node, (current) => ({ ...current, status: "available" }));
      }
    }),
  );
  if (signal.aborted) return;
  plane.state.updateCluster(cluster, (current) => ({
    ...settled(current, "available"),
    parameterStatus: statusOf(current),
  }));
}

/** A new engine process behind the node's address, as `wanted` has it. */
export async function rebootOne(
  plane: Plane,
  wanted: CacheClusterRecord,
  node: CacheNodeRecord,
  signal: AbortSignal,
): Promise<void> {
  const call = {
    what: `rebooting node ${node.id} of cache cluster ${wanted.id}`,
    timeoutSeconds: plane.settings.rebootTimeoutSeconds,
    signal,
  };
  const status = await callBackend(plane, call, (options) =>
    plane.backend.reboot(memcachedSpec(plane.state, wanted, node), options),
  );
  updateNode(plane, wanted, node, (current) => ({
    ...current,
    ...status,
    status: "available",
    parameterStatus: "in-sync",
  }));
}

/** Ends `ParameterApplyStatus: applying`: memcached takes its parameters at the start of a node only. */
export async function applyMemcachedParameters(
  plane: Plane,
  begun: CacheClusterRecord,
  signal: AbortSignal,
): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster === undefined) return;
  const atReboot = parametersAtReboot(parameterGroup(plane.state, cluster, cluster.parameterGroup));
  const call = { what: `applying parameters to cache cluster ${cluster.id}`, timeoutSeconds: 60, signal };
  await Promise.all(
    (cluster.cacheNodes ?? [])
      .filter(({ endpoint }) => endpoint !== undefined)
      .map(async (node) => {
        let parameterStatus: CacheNodeRecord["parameterStatus"] = "pending-reboot";
        try {
          const { pendingReboot } = await callBackend(plane, call, (options) =>
            plane.backend.applyParameters(memcachedSpec(plane.state, cluster, node), { ...options, atReboot }),
          );
          if (pendingReboot.length === 0) parameterStatus = "in-sync";
        } catch (error) {
          if (signal.aborted) return;
          plane.events.ofCluster(
            cluster,
            `The parameters of node ${node.id} could not be applied: ${failureText(error)}`,
          );
        }
        updateNode(plane, cluster, node, (current) => ({ ...current, parameterStatus }));
      }),
  );
  if (signal.aborted) return;
  plane.state.updateCluster(cluster, (current) => ({ ...current, parameterStatus: statusOf(current) }));
}

function statusOf({ cacheNodes = [] }: CacheClusterRecord): CacheClusterRecord["parameterStatus"] {
  return cacheNodes.some(({ parameterStatus }) => parameterStatus === "pending-reboot") ? "pending-reboot" : "in-sync";
}
