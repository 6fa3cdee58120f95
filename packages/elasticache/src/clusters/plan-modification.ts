import { engineNamed } from "../engines/versions.ts";
import { invalidCombination } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import { checkApart, maintenanceWindow, snapshotWindow } from "../requests/windows.ts";
import type { CacheClusterRecord, EngineSettings } from "../state/records.ts";
import { chooseEngine, requireUpgrade } from "./engine-choice.ts";
import { retentionOf, securityGroups } from "./plan-cluster.ts";

/** What ModifyCacheCluster and ModifyReplicationGroup have in common. */
export interface ModifyRequest {
  readonly Engine?: string | undefined;
  readonly EngineVersion?: string | undefined;
  readonly CacheNodeType?: string | undefined;
  readonly CacheParameterGroupName?: string | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly PreferredMaintenanceWindow?: string | undefined;
  readonly AutoMinorVersionUpgrade?: boolean | undefined;
  readonly SnapshotRetentionLimit?: number | undefined;
  readonly SnapshotWindow?: string | undefined;
  readonly ApplyImmediately?: boolean | undefined;
}

export interface Modification {
  /** The cluster as it is to be stored, with the transition when one is needed. */
  readonly cluster: CacheClusterRecord;
  /** The parameter group changed, without an engine change that brings its values along. */
  readonly applyParameters: boolean;
  /** Whether anything differs from before. */
  readonly changed: boolean;
}

/**
 * What a request makes of a cluster; nothing is stored yet. Engine, version and node type need a new engine process: at once with
 * ApplyImmediately, else in the maintenance window. Everything else takes effect at once, as on AWS.
 * @throws AwsError for everything that AWS refuses.
 */
export function planModification(plane: Plane, cluster: CacheClusterRecord, request: ModifyRequest): Modification {
  const engine = plannedEngine(plane, cluster, request);
  const replaces =
    engine.engine !== cluster.engine ||
    engine.engineVersion !== cluster.engineVersion ||
    engine.nodeType !== cluster.nodeType;
  const regroups = engine.parameterGroup !== cluster.parameterGroup;
  const settings = plannedSettings(cluster, request);
  const { pending: _replaced, ...kept } = { ...cluster, ...settings };
  if (!replaces) {
    const applying = regroups ? { parameterGroup: engine.parameterGroup, parameterStatus: "applying" as const } : {};
    return {
      cluster: { ...kept, ...applying },
      applyParameters: regroups,
      changed: regroups || settings !== undefined,
    };
  }
  const planned: CacheClusterRecord =
    request.ApplyImmediately === true
      ? { ...kept, status: "modifying", transition: { kind: "modify" }, pending: engine }
      : { ...kept, pending: engine };
  return { cluster: planned, applyParameters: false, changed: true };
}

function plannedEngine(plane: Plane, cluster: CacheClusterRecord, request: ModifyRequest): EngineSettings {
  const before: EngineSettings = { ...cluster, ...cluster.pending };
  const asked = filled(request.Engine);
  const engine = asked === undefined ? before.engine : engineNamed(asked);
  const version = filled(request.EngineVersion) ?? (engine === before.engine ? before.engineVersion : undefined);
  const chosen = chooseEngine(plane, cluster, {
    engine,
    EngineVersion: version,
    CacheNodeType: filled(request.CacheNodeType) ?? before.nodeType,
    CacheParameterGroupName: filled(request.CacheParameterGroupName) ?? inheritedGroup(before),
    clusterMode: cluster.clusterEnabled,
  });
  requireUpgrade(cluster, chosen);
  return chosen;
}

/** A default group follows the engine into its new family; a group of one's own stays, and must fit. */
function inheritedGroup(before: EngineSettings): string | undefined {
  return before.parameterGroup.startsWith("default.") ? undefined : before.parameterGroup;
}

function plannedSettings(cluster: CacheClusterRecord, request: ModifyRequest): Partial<CacheClusterRecord> | undefined {
  const memcached = cluster.engine === "memcached";
  const changes: { -readonly [K in keyof CacheClusterRecord]?: CacheClusterRecord[K] } = {};
  const maintenance = filled(request.PreferredMaintenanceWindow)?.toLowerCase();
  const snapshot = filled(request.SnapshotWindow);
  if (maintenance !== undefined) {
    maintenanceWindow(maintenance);
    changes.maintenanceWindow = maintenance;
  }
  if (snapshot !== undefined) {
    if (memcached) throw invalidCombination("SnapshotWindow is not supported for the engine memcached.");
    snapshotWindow(snapshot);
    changes.snapshotWindow = snapshot;
  }
  if (maintenance !== undefined || snapshot !== undefined)
    checkApart(maintenance ?? cluster.maintenanceWindow, snapshot ?? cluster.snapshotWindow);
  if (request.SnapshotRetentionLimit !== undefined)
    changes.snapshotRetentionLimit = retentionOf(request.SnapshotRetentionLimit, memcached);
  if (request.SecurityGroupIds !== undefined) changes.securityGroupIds = securityGroups(request.SecurityGroupIds);
  if (request.AutoMinorVersionUpgrade !== undefined) changes.autoMinorVersionUpgrade = request.AutoMinorVersionUpgrade;
  return Object.keys(changes).length === 0 ? undefined : changes;
}
