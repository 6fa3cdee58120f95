import { engineNamed } from "../engines/versions.ts";
import { fault, invalidCombination, invalidValue } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { filled, given } from "../requests/identifiers.ts";
import { assignWindows, checkApart, maintenanceWindow, snapshotWindow } from "../requests/windows.ts";
import { zoneOf } from "../requests/zones.ts";
import type { Scope } from "../scope.ts";
import { clusterRestore, restoreSource } from "../snapshots/restore-source.ts";
import { seedArns } from "../snapshots/snapshot-arns.ts";
import type { CacheClusterRecord, SnapshotRecord } from "../state/records.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { requireSubnetGroup } from "../subnet-groups/find-subnet-group.ts";
import { chooseEngine, requireUpgrade } from "./engine-choice.ts";

/** AWS's default quota of nodes per region. */
const maxNodes = 300;

/** What CreateCacheCluster and CreateReplicationGroup have in common. */
export interface NodeRequest {
  readonly Engine?: string | undefined;
  readonly EngineVersion?: string | undefined;
  readonly CacheNodeType?: string | undefined;
  readonly CacheParameterGroupName?: string | undefined;
  readonly CacheSubnetGroupName?: string | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly SnapshotName?: string | undefined;
  readonly SnapshotArns?: readonly string[] | undefined;
  readonly PreferredMaintenanceWindow?: string | undefined;
  readonly Port?: number | undefined;
  readonly AutoMinorVersionUpgrade?: boolean | undefined;
  readonly SnapshotRetentionLimit?: number | undefined;
  readonly SnapshotWindow?: string | undefined;
}

export interface NodePlacement {
  readonly id: string;
  /** A member of a group in cluster mode. */
  readonly clusterMode?: boolean;
  readonly node: { readonly resourceType: "cluster" | "replication-group"; readonly resourceId: string };
  readonly availabilityZone: string | undefined;
}

/**
 * The record of a cluster in `creating`, complete and checked; nothing is stored yet.
 * @throws AwsError for everything that AWS refuses.
 */
export function planCluster(plane: Plane, scope: Scope, request: NodeRequest, at: NodePlacement): CacheClusterRecord {
  const { account, region } = scope;
  const snapshot = restoreSource(plane, scope, request.SnapshotName);
  const engine = engineNamed(given(filled(request.Engine) ?? snapshot?.engine, "Engine"));
  if (snapshot !== undefined && engine === "memcached")
    throw invalidCombination("SnapshotName is not supported for the engine memcached.");
  if (engine === "memcached" && (request.SnapshotArns ?? []).length > 0)
    throw invalidCombination("SnapshotArns is not supported for the engine memcached.");
  const settings = chooseEngine(plane, scope, {
    engine,
    EngineVersion: filled(request.EngineVersion) ?? sameEngine(snapshot, engine)?.engineVersion,
    CacheNodeType: given(filled(request.CacheNodeType) ?? snapshot?.nodeType, "CacheNodeType"),
    CacheParameterGroupName: request.CacheParameterGroupName,
    clusterMode: at.clusterMode,
  });
  if (snapshot !== undefined) requireUpgrade(snapshot, settings);
  requireNodeQuota(plane, scope, 1);
  const nodeKey = [account, region, at.node.resourceType, at.node.resourceId, plane.newId()].join("/");
  return {
    account,
    region,
    id: at.id,
    status: "creating",
    transition: { kind: "create", ...(at.node.resourceType === "cluster" ? dataOf(plane, request, snapshot) : {}) },
    node: { nodeKey, ...at.node },
    ...settings,
    port: portOf(request.Port ?? snapshot?.port ?? (engine === "memcached" ? 11_211 : 6379)),
    parameterStatus: "in-sync",
    subnetGroup: requireSubnetGroup(plane, scope, filled(request.CacheSubnetGroupName) ?? "default").id,
    availabilityZone: zoneOf(scope.region, at.availabilityZone),
    ...windowsOf(request, engine === "memcached", nodeKey),
    snapshotRetentionLimit: retentionOf(request.SnapshotRetentionLimit, engine === "memcached"),
    securityGroupIds: securityGroups(request.SecurityGroupIds),
    autoMinorVersionUpgrade: request.AutoMinorVersionUpgrade ?? true,
    ...(at.clusterMode === true ? { clusterEnabled: true as const } : {}),
    createdAtMs: plane.clock.now(),
  };
}

/** @throws AwsError `NodeQuotaForCustomerExceeded` when `more` nodes are too many. */
export function requireNodeQuota(plane: Plane, scope: Scope, more: number): void {
  const nodes = plane.state.clusters.list(scope).reduce((sum, { cacheNodes }) => sum + (cacheNodes?.length ?? 1), 0);
  if (nodes + more > maxNodes)
    throw fault(
      "NodeQuotaForCustomerExceededFault",
      `The quota of ${maxNodes} cache nodes in ${scope.region} is used up.`,
    );
}

/** @throws AwsError `InvalidParameterValue` outside 0..35; `InvalidParameterCombination` for memcached. */
export function retentionOf(days: number | undefined, memcached: boolean): number {
  const limit = days ?? 0;
  if (!Number.isInteger(limit) || limit < 0 || limit > 35)
    throw invalidValue(`The parameter SnapshotRetentionLimit must be between 0 and 35, and is ${limit}.`);
  if (memcached && limit > 0)
    throw invalidCombination("SnapshotRetentionLimit is not supported for the engine memcached.");
  return limit;
}

/** @throws AwsError `InvalidParameterValue` when one has not the form of a security group id. */
export function securityGroups(ids: readonly string[] | undefined): readonly string[] {
  for (const id of ids ?? [])
    if (!/^sg-[0-9a-z-]+$/i.test(id))
      throw invalidValue(`The security group id ${id} is not valid: it must look like sg-0123abcd.`);
  return ids ?? [];
}

/** What a cluster on its own starts with. */
function dataOf(
  plane: Plane,
  request: NodeRequest,
  snapshot: SnapshotRecord | undefined,
): { readonly restore?: StoredBytes; readonly snapshotName?: string; readonly seed?: string } {
  const [arn, ...more] = seedArns(plane, request) ?? [];
  if (more.length > 0)
    throw invalidCombination(`${more.length + 1} SnapshotArns are given for a cache cluster: it needs one.`);
  return arn === undefined ? { ...clusterRestore(snapshot) } : { seed: arn };
}

function sameEngine(snapshot: SnapshotRecord | undefined, engine: string): SnapshotRecord | undefined {
  return snapshot?.engine === engine ? snapshot : undefined;
}

function windowsOf(
  request: NodeRequest,
  memcached: boolean,
  seed: string,
): { readonly maintenanceWindow: string; readonly snapshotWindow?: string } {
  const maintenance = filled(request.PreferredMaintenanceWindow)?.toLowerCase();
  const snapshot = filled(request.SnapshotWindow);
  if (maintenance !== undefined) maintenanceWindow(maintenance);
  if (snapshot !== undefined) {
    if (memcached) throw invalidCombination("SnapshotWindow is not supported for the engine memcached.");
    snapshotWindow(snapshot);
  }
  if (maintenance !== undefined) checkApart(maintenance, snapshot);
  const assigned = assignWindows(seed, { maintenance, snapshot });
  return {
    maintenanceWindow: assigned.maintenance,
    ...(memcached ? {} : { snapshotWindow: assigned.snapshot }),
  };
}

function portOf(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalidValue(`The parameter Port must be between 1 and 65535, and is ${port}.`);
  return port;
}
