import type { CacheEngine } from "../backend/backend.ts";
import { nodeType } from "../engines/node-types.ts";
import { compareVersions, defaultParameterGroup, engineVersion } from "../engines/versions.ts";
import { invalidCombination } from "../errors.ts";
import { isClusterEnabled, parameterGroup } from "../parameter-groups/values.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { EngineSettings } from "../state/records.ts";

/** What a request says about the engine; absent members fall back. */
export interface EngineRequest {
  readonly engine: CacheEngine;
  readonly EngineVersion?: string | undefined;
  readonly CacheNodeType: string;
  readonly CacheParameterGroupName?: string | undefined;
  readonly clusterMode?: boolean | undefined;
}

/**
 * The engine settings that a request means, checked against each other.
 * @throws AwsError for unknown versions, node types and parameter groups, and for a group of another family or mode.
 */
export function chooseEngine(plane: Plane, scope: Scope, request: EngineRequest): EngineSettings {
  const row = engineVersion(request.engine, request.EngineVersion);
  const { clusterMode = false } = request;
  const name = filled(request.CacheParameterGroupName) ?? defaultParameterGroup(row.family, clusterMode);
  const group = parameterGroup(plane.state, scope, name);
  if (group.family !== row.family)
    throw invalidCombination(
      `Expected a parameter group of family ${row.family} but found one of family ${group.family}`,
    );
  if (isClusterEnabled(group) !== clusterMode) {
    const [wanted, found] = clusterMode ? ["enabled", "disabled"] : ["disabled", "enabled"];
    throw invalidCombination(`Cluster mode should be ${wanted} in parameter group, but found it is ${found}.`);
  }
  return {
    engine: row.engine,
    engineVersion: row.version,
    nodeType: nodeType(request.CacheNodeType),
    parameterGroup: group.id,
  };
}

/** @throws AwsError `InvalidParameterCombination` when data of the first cannot be taken over by the second. */
export function requireUpgrade(from: EngineSettings, to: EngineSettings): void {
  const crossing = from.engine === "redis" && to.engine === "valkey";
  if (from.engine !== to.engine && !crossing)
    throw invalidCombination(`Changing the engine from ${from.engine} to ${to.engine} is not possible.`);
  // Valkey 7.2 continues redis 7.
  if (compareVersions(to.engineVersion, from.engineVersion) < 0)
    throw invalidCombination(
      `Downgrading from ${from.engine} ${from.engineVersion} to ${to.engine} ${to.engineVersion} is not possible.`,
    );
}
