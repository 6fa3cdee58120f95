import { failureText } from "../errors.ts";
import { parameterGroup, parametersAtReboot } from "../parameter-groups/values.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { nodeSpec, onlyNodeId } from "./node-spec.ts";
import { setGroupStatus, settled } from "./outcome.ts";

/** Ends `rebooting cache cluster nodes`. A failure leaves the old engine serving, and says so in an event. */
export async function rebootNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "reboot") return;
  await replaceEngine(plane, cluster, signal, {
    done: `Cache node ${onlyNodeId} restarted`,
    failed: `Cache node ${onlyNodeId} could not be rebooted and keeps running as it was`,
  });
}

/** Ends `modifying`: the pending engine settings become the cluster's, or are dropped when no engine comes up with them. */
export async function modifyNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "modify") return;
  await replaceEngine(plane, cluster, signal, modifyMessages);
}

/** What {@link replaceEngine} says of a modification. */
export const modifyMessages: { readonly done: string; readonly failed: string } = {
  done: "Finished modifying cache cluster",
  failed: "The modification failed and the cache cluster keeps running as it was",
};

/** A new engine process, with the pending engine settings unless this is a reboot. True when it serves; else the old one does. */
export async function replaceEngine(
  plane: Plane,
  cluster: CacheClusterRecord,
  signal: AbortSignal,
  messages: { readonly done: string; readonly failed: string },
): Promise<boolean> {
  const modifying = cluster.transition?.kind !== "reboot";
  const wanted: CacheClusterRecord = modifying ? { ...cluster, ...cluster.pending } : cluster;
  const call = {
    what: `rebooting cache cluster ${cluster.id}`,
    timeoutSeconds: plane.settings.rebootTimeoutSeconds,
    signal,
  };
  let outcome: Partial<CacheClusterRecord> = {};
  let message = messages.done;
  try {
    const status = await callBackend(plane, call, (options) =>
      plane.backend.reboot(nodeSpec(plane.state, wanted), options),
    );
    const { engine, engineVersion, nodeType, parameterGroup } = wanted;
    outcome = {
      engine,
      engineVersion,
      nodeType,
      parameterGroup,
      parameterStatus: "in-sync",
      endpoint: status.endpoint,
      instance: status.instance,
    };
  } catch (error) {
    if (signal.aborted) return false;
    message = `${messages.failed}: ${failureText(error)}`;
    plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region }, message);
  }
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => {
      const { pending, ...rest } = settled(current, "available");
      return { ...rest, ...(pending === undefined || modifying ? {} : { pending }), ...outcome };
    });
    if (changed === undefined) return;
    setGroupStatus(plane, changed, "available");
    plane.events.ofCluster(changed, message, modifying ? message : undefined);
  });
  return outcome.endpoint !== undefined;
}

/** Ends `ParameterApplyStatus: applying`: `in-sync`, or `pending-reboot` when the engine takes a value only at its start. */
export async function applyParameters(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster === undefined) return;
  let parameterStatus: CacheClusterRecord["parameterStatus"] = "in-sync";
  let message: string | undefined;
  try {
    // Without an engine there is nothing to change: the next start renders the new values.
    if (cluster.endpoint !== undefined) {
      const atReboot = parametersAtReboot(parameterGroup(plane.state, cluster, cluster.parameterGroup));
      const call = { what: `applying parameters to cache cluster ${cluster.id}`, timeoutSeconds: 60, signal };
      const { pendingReboot } = await callBackend(plane, call, (options) =>
        plane.backend.applyParameters(nodeSpec(plane.state, cluster), { ...options, atReboot }),
      );
      if (pendingReboot.length > 0) parameterStatus = "pending-reboot";
    }
  } catch (error) {
    if (signal.aborted) return;
    parameterStatus = "pending-reboot";
    message = `The parameters of ${cluster.parameterGroup} could not be applied: ${failureText(error)}`;
  }
  plane.state.updateCluster(cluster, (current) => ({ ...current, parameterStatus }));
  if (message !== undefined) plane.events.ofCluster(cluster, message);
}
