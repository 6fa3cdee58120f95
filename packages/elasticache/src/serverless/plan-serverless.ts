import { plannedUserGroups } from "../access/plan-access.ts";
import { retentionOf, securityGroups } from "../clusters/plan-cluster.ts";
import { engineNamed } from "../engines/versions.ts";
import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { ServerlessCacheRecord, ServerlessEngine } from "../state/serverless-records.ts";
import { restoreSource } from "./restore-source.ts";
import { serverlessVersion } from "./serverless-versions.ts";
import { usageLimits } from "./usage-limits.ts";

/**
 * The record of a serverless cache in `creating`, complete and checked; nothing is stored yet.
 * @throws AwsError for everything that AWS refuses.
 */
export function planServerless(
  plane: Plane,
  scope: Scope,
  input: Input<"CreateServerlessCache">,
  id: string,
): ServerlessCacheRecord {
  const { account, region } = scope;
  const engine = engineNamed(input.Engine);
  refuseNetworks(input);
  const engineVersion = serverlessVersion(engine, filled(input.MajorEngineVersion));
  const limits = usageLimits(input.CacheUsageLimits);
  const userGroupId = userGroup(plane, scope, input.UserGroupId, { engine, engineVersion });
  const restore = restoreSource(plane, scope, input.SnapshotArnsToRestore ?? [], { engine, engineVersion });
  const kmsKeyId = filled(input.KmsKeyId);
  return {
    account,
    region,
    id,
    status: "creating",
    transition: { kind: "create", ...restore },
    nodeKey: [account, region, "serverless-cache", id, plane.newId()].join("/"),
    description: input.Description ?? "",
    engine,
    engineVersion,
    ...(limits === undefined ? {} : { usageLimits: limits }),
    ...(userGroupId === undefined ? {} : { userGroupId }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    securityGroupIds: securityGroups(input.SecurityGroupIds),
    subnetIds: subnets(input.SubnetIds),
    snapshotRetentionLimit: retentionOf(input.SnapshotRetentionLimit, engine === "memcached"),
    ...dailyTime(input.DailySnapshotTime, engine),
    createdAtMs: plane.clock.now(),
  };
}

/** @throws AwsError for a user group that this cache cannot have. */
export function userGroup(
  plane: Plane,
  scope: Scope,
  name: string | undefined,
  at: Pick<ServerlessEngine, "engine" | "engineVersion">,
): string | undefined {
  const id = lookup(name);
  if (id === undefined) return undefined;
  if (at.engine === "memcached") throw invalidCombination("UserGroupId is not supported for the engine memcached.");
  return plannedUserGroups(plane.state, scope, [id], { ...at, transitEncryption: "required" })[0];
}

/** @throws AwsError `InvalidParameterValue` unless it is `hh:mm`; `InvalidParameterCombination` for memcached. */
export function dailyTime(
  time: string | undefined,
  engine: ServerlessEngine["engine"],
): { readonly dailySnapshotTime?: string } {
  const given = filled(time);
  if (given === undefined) return {};
  if (engine === "memcached")
    throw unsupported("A snapshot of a memcached serverless cache", "Leave out DailySnapshotTime.");
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(given))
    throw invalidValue(`The parameter DailySnapshotTime has the value ${given}; it must be hh:mm, in UTC.`);
  return { dailySnapshotTime: given };
}

function subnets(ids: readonly string[] | undefined): readonly string[] {
  for (const id of ids ?? [])
    if (!/^subnet-[0-9a-z-]+$/i.test(id))
      throw invalidValue(`The subnet id ${id} is not valid: it must look like subnet-0123abcd.`);
  return ids ?? [];
}

function refuseNetworks(input: Input<"CreateServerlessCache">): void {
  if (input.NetworkType !== undefined && input.NetworkType !== "ipv4")
    throw unsupported(`NetworkType ${input.NetworkType}`, "Set NetworkType to ipv4.");
  if (input.ConnectionType !== undefined) throw unsupported("ConnectionType", "Leave out ConnectionType.");
}
