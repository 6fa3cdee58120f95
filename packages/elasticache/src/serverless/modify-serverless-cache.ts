import { retentionOf, securityGroups } from "../clusters/plan-cluster.ts";
import { engineNamed } from "../engines/versions.ts";
import { invalidCombination } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import type { ServerlessCacheRecord, ServerlessEngine } from "../state/serverless-records.ts";
import { requireServerlessAvailable, serverlessNamed } from "./find-serverless.ts";
import { dailyTime, userGroup } from "./plan-serverless.ts";
import { requireServerlessUpgrade, serverlessVersion } from "./serverless-versions.ts";
import { serverlessView } from "./serverless-view.ts";
import { driveServerless } from "./transitions.ts";
import { usageLimits } from "./usage-limits.ts";

/** AWS ModifyServerlessCache. What concerns the engine is there when the cache is `available` again. */
export const modifyServerlessCache: Operation<"ModifyServerlessCache"> = (plane, input, context) => {
  const cache = serverlessNamed(plane, context, input.ServerlessCacheName);
  const memcached = cache.engine === "memcached";
  const pending = wantedEngine(plane, cache, input);
  const changed: ServerlessCacheRecord = {
    ...cache,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.SecurityGroupIds === undefined ? {} : { securityGroupIds: securityGroups(input.SecurityGroupIds) }),
    ...(input.SnapshotRetentionLimit === undefined
      ? {}
      : { snapshotRetentionLimit: retentionOf(input.SnapshotRetentionLimit, memcached) }),
    ...dailyTime(input.DailySnapshotTime, cache.engine),
    status: "modifying",
    transition: { kind: "modify" },
    pending,
  };
  requireServerlessAvailable(cache);
  plane.state.serverlessCaches.set(changed);
  driveServerless(plane, changed);
  return { ServerlessCache: serverlessView(changed) };
};

function wantedEngine(
  plane: Plane,
  cache: ServerlessCacheRecord,
  input: Input<"ModifyServerlessCache">,
): ServerlessEngine {
  const engine = engineNamed(filled(input.Engine) ?? cache.engine);
  const major = filled(input.MajorEngineVersion);
  const stays = major === undefined && engine === cache.engine;
  const engineVersion = stays ? cache.engineVersion : serverlessVersion(engine, major);
  requireServerlessUpgrade(cache, { engine, engineVersion });
  if (input.RemoveUserGroup === true && lookup(input.UserGroupId) !== undefined)
    throw invalidCombination("RemoveUserGroup cannot be used together with UserGroupId.");
  const given = userGroup(plane, cache, input.UserGroupId, { engine, engineVersion });
  const userGroupId = input.RemoveUserGroup === true ? undefined : (given ?? cache.userGroupId);
  const limits = { ...cache.usageLimits, ...usageLimits(input.CacheUsageLimits) };
  return {
    engine,
    engineVersion,
    ...(userGroupId === undefined ? {} : { userGroupId }),
    ...(Object.keys(limits).length === 0 ? {} : { usageLimits: limits }),
  };
}
