import { FcError } from "@fc/core";
import type { CacheNodeStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { groupOf, memberIdsOf } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, CacheClusterStatus } from "../state/records.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { nodeSpec, onlyNodeId } from "./node-spec.ts";
import { isComingUp, setGroupStatus, settled } from "./outcome.ts";
import { importSeed } from "./seed.ts";
import { startWithRetries } from "./start-call.ts";
import { tellOfCreation } from "./tell-of-creation.ts";

/** Ends `creating`: `available`, or a terminal status with the reason in an event. */
export async function createNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "create") return;
  const { snapshotName, seed } = cluster.transition;
  let { restore } = cluster.transition;
  try {
    if (seed !== undefined && restore === undefined) restore = await seedNode(plane, cluster, seed, signal);
    const status = await startNode(plane, cluster, restore, signal);
    becomeAvailable(plane, cluster, status);
    const from = snapshotName === undefined ? seed : `snapshot ${snapshotName}`;
    if (from !== undefined) plane.events.ofCluster(cluster, `Restored from ${from}`, `Restored from ${from}`);
    tellOfCreation(plane, cluster);
  } catch (error) {
    if (signal.aborted) return;
    becomeUnusable(
      plane,
      cluster,
      failureStatus(error, restore !== undefined || seed !== undefined),
      `Failed to create cache cluster: ${failureText(error)}`,
    );
  } finally {
    if (restore !== undefined) await plane.bytes.release(restore.sha256);
  }
}

/** From here on the creation restores what the file had, whatever becomes of the file. */
async function seedNode(
  plane: Plane,
  cluster: CacheClusterRecord,
  arn: string,
  signal: AbortSignal,
): Promise<StoredBytes> {
  return await importSeed(plane, { region: cluster.region, arn, signal }, (restore) => {
    plane.state.updateCluster(cluster, (current) =>
      current.transition?.kind === "create" ? { ...current, transition: { ...current.transition, restore } } : current,
    );
  });
}

/** Makes sure that the node of a known cluster runs: after a restart of this process, and when a lost node is back. */
export async function adoptNode(
  plane: Plane,
  begun: CacheClusterRecord,
  signal: AbortSignal,
  message?: string,
): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster === undefined) return;
  try {
    const status = await startNode(plane, cluster, undefined, signal);
    becomeAvailable(plane, cluster, status);
    if (message !== undefined) plane.events.ofCluster(cluster, message);
  } catch (error) {
    if (signal.aborted) return;
    becomeUnusable(
      plane,
      cluster,
      failureStatus(error, false),
      `Failed to recover cache node ${onlyNodeId}: ${failureText(error)}`,
    );
  }
}

/** No engine can be had: the cluster says so with the reason, and so does its group. */
export function becomeUnusable(
  plane: Plane,
  cluster: CacheClusterRecord,
  status: CacheClusterStatus,
  message: string,
): void {
  plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region, status }, message);
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => ({
      ...settled(current, status),
      // Nothing is being applied to an engine that is not there.
      parameterStatus: current.parameterStatus === "applying" ? "pending-reboot" : current.parameterStatus,
    }));
    if (changed === undefined) return;
    // The other members serve on; the backend goes on trying.
    setGroupStatus(plane, changed, isAlone(plane, changed) ? "create-failed" : "modifying");
    plane.events.ofCluster(changed, message, message);
  });
}

function isAlone(plane: Plane, cluster: CacheClusterRecord): boolean {
  const group = groupOf(plane, cluster);
  return group === undefined || memberIdsOf(group).length === 1;
}

function becomeAvailable(plane: Plane, cluster: CacheClusterRecord, { endpoint, instance }: CacheNodeStatus): void {
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => ({
      ...(isComingUp(current) ? settled(current, "available") : current),
      endpoint,
      instance,
    }));
    if (changed !== undefined) setGroupStatus(plane, changed, "available");
  });
}

function startNode(
  plane: Plane,
  cluster: CacheClusterRecord,
  restore: StoredBytes | undefined,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  return startWithRetries(plane, `starting cache cluster ${cluster.id}`, signal, (options) =>
    plane.backend.start(nodeSpec(plane.state, cluster), {
      ...options,
      ...(restore === undefined ? {} : { restore }),
    }),
  );
}

/** The status of a cluster whose engine could not be had. */
export function failureStatus(error: unknown, restoring: boolean): CacheClusterStatus {
  if (FcError.isInstance(error, "FC_CACHE_PARAMETER_REJECTED")) return "incompatible-parameters";
  return restoring ? "restore-failed" : "incompatible-network";
}
