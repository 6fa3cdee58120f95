import type { CacheNodeStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { configurationSpec, memcachedSpec } from "./node-spec.ts";
import { startWithRetries } from "./start-call.ts";

/** Changes the nodes in the record of a cluster, if it is still the same one. Gives what is stored then. */
export function updateNodes(
  plane: Plane,
  cluster: CacheClusterRecord,
  change: (node: CacheNodeRecord) => CacheNodeRecord,
): CacheClusterRecord | undefined {
  return plane.state.updateCluster(cluster, (current) => ({
    ...current,
    cacheNodes: (current.cacheNodes ?? []).map(change),
  }));
}

/** Changes one node in the record of a cluster, if both are still the same ones. */
export function updateNode(
  plane: Plane,
  cluster: CacheClusterRecord,
  { nodeKey }: CacheNodeRecord,
  change: (node: CacheNodeRecord) => CacheNodeRecord,
): void {
  updateNodes(plane, cluster, (node) => (node.nodeKey === nodeKey ? change(node) : node));
}

/** Starts or adopts nodes of the cluster, side by side; each is in the record as soon as it serves. Rejects when one does not come up. */
export async function startNodes(
  plane: Plane,
  cluster: CacheClusterRecord,
  nodes: readonly CacheNodeRecord[],
  signal: AbortSignal,
): Promise<void> {
  const started = await Promise.allSettled(
    nodes.map(async (node) => {
      const status = await startWithRetries(
        plane,
        `starting node ${node.id} of cache cluster ${cluster.id}`,
        signal,
        (options) => plane.backend.start(memcachedSpec(plane.state, cluster, node), options),
      );
      updateNode(plane, cluster, node, (current) => served(current, status));
    }),
  );
  for (const each of started) if (each.status === "rejected") throw each.reason;
}

/** A node that serves. A reboot that is under way goes on. */
function served(node: CacheNodeRecord, { endpoint, instance }: CacheNodeStatus): CacheNodeRecord {
  const status = node.status === "rebooting cache cluster nodes" ? node.status : "available";
  return { ...node, status, endpoint, instance };
}

/**
 * Makes the configuration endpoint tell of the nodes that serve; `changed` when it runs with another list. A cluster serves without
 * discovery, too: when what answers there cannot be had, the endpoint is the first node's, and an event says why.
 */
export async function serveConfiguration(
  plane: Plane,
  cluster: CacheClusterRecord,
  signal: AbortSignal,
  changed = false,
): Promise<Partial<CacheClusterRecord>> {
  const spec = configurationSpec(plane.state, cluster);
  const what = `the configuration endpoint of cache cluster ${cluster.id}`;
  try {
    const running = await startWithRetries(plane, `starting ${what}`, signal, (options) =>
      plane.backend.start(spec, options),
    );
    if (!changed) return running;
    const call = { what: `changing ${what}`, timeoutSeconds: plane.settings.rebootTimeoutSeconds, signal };
    return await callBackend(plane, call, (options) => plane.backend.reboot(spec, options));
  } catch (error) {
    signal.throwIfAborted();
    const message = `The configuration endpoint leads to one node, without auto discovery: ${failureText(error)}`;
    plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region }, message);
    plane.events.ofCluster(cluster, message);
    const first = cluster.cacheNodes?.find(({ endpoint }) => endpoint !== undefined);
    return first?.endpoint === undefined ? {} : { endpoint: first.endpoint };
  }
}
