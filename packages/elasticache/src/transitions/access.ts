import { FcError } from "@fc/core";
import type { CacheNodeSpec } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import { serverlessSpec } from "../serverless/serverless-spec.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, UserGroupRecord, UserRecord } from "../state/records.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { replicationGroupsOf, serverlessCachesOf } from "../user-groups/find-user-group.ts";
import { groupsOf } from "../users/find-user.ts";
import { callUntilDone } from "./backend-call.ts";
import { settleGroup } from "./group-outcome.ts";
import { nodeSpec } from "./node-spec.ts";
import { taskKeyOf } from "./outcome.ts";

const applySeconds = 60;

/** Ends `modifying` and `deleting` of a user: when every engine that knows it has the change. */
export function driveUser(plane: Plane, user: UserRecord): void {
  const { state } = plane;
  plane.tasks.run(taskKeyOf(user, "user", user.id), async (signal) => {
    await Promise.all(groupsOf(state, user).map((group) => bringToUsersOf(plane, group, signal)));
    const current = state.users.get(user, user.id);
    if (signal.aborted || current === undefined) return;
    state.transaction(() => {
      if (current.status === "deleting") forgetUser(plane, current);
      else state.users.set({ ...current, status: "active" });
      plane.events.add(
        current,
        "user",
        current.id,
        `User ${current.id} ${current.status === "deleting" ? "deleted" : "modified"}`,
      );
    });
  });
}

/** Ends `creating`, `modifying` and `deleting` of a user group. */
export function driveUserGroup(plane: Plane, group: UserGroupRecord): void {
  const { state } = plane;
  plane.tasks.run(taskKeyOf(group, "user-group", group.id), async (signal) => {
    await bringToUsersOf(plane, group, signal);
    const current = state.userGroups.get(group, group.id);
    if (signal.aborted || current === undefined) return;
    const { pending, ...rest } = current;
    state.transaction(() => {
      if (current.status === "deleting") {
        state.userGroups.delete(current, current.id);
        state.tags.delete(current, `usergroup:${current.id}`);
      } else state.userGroups.set({ ...rest, ...pending, status: "active" });
      const done = { creating: "created", modifying: "modified", deleting: "deleted", active: "modified" }[
        current.status
      ];
      plane.events.add(current, "user-group", current.id, `User group ${current.id} ${done}`);
    });
  });
}

/** Brings a replication group's `pendingAccess` to its engines and makes it what the group has. */
export function driveGroupAccess(plane: Plane, group: ReplicationGroupRecord): void {
  const { state } = plane;
  plane.tasks.run(taskKeyOf(group, "group-access", group.id), async (signal) => {
    await bringTo(plane, [group], signal);
    const current = state.groups.get(group, group.id);
    if (signal.aborted || current?.pendingAccess === undefined || current.createdAtMs !== group.createdAtMs) return;
    const { pendingAccess, ...rest } = current;
    state.transaction(() => {
      state.groups.set({ ...rest, access: pendingAccess });
      settleGroup(plane, current);
      plane.events.add(current, "replication-group", current.id, `Access to replication group ${current.id} modified`);
    });
  });
}

/** The same for a cluster that is in no group. */
export function driveClusterAccess(plane: Plane, cluster: CacheClusterRecord): void {
  plane.tasks.run(taskKeyOf(cluster, "cluster-access", cluster.id), async (signal) => {
    await bringToNode(plane, cluster, signal);
    if (signal.aborted) return;
    const changed = plane.state.updateCluster(cluster, ({ pendingAccess, ...rest }) =>
      pendingAccess === undefined ? rest : { ...rest, access: pendingAccess },
    );
    if (changed !== undefined) plane.events.ofCluster(changed, `Access to cache cluster ${changed.id} modified`);
  });
}

/** After a restart: every change of users, user groups and access that is under way has its owner again. */
export function driveAllAccess(plane: Plane): void {
  for (const user of plane.state.users.all()) if (user.status !== "active") driveUser(plane, user);
  for (const group of plane.state.userGroups.all()) if (group.status !== "active") driveUserGroup(plane, group);
  for (const group of plane.state.groups.all()) if (group.pendingAccess !== undefined) driveGroupAccess(plane, group);
  for (const cluster of plane.state.clusters.all())
    if (cluster.pendingAccess !== undefined) driveClusterAccess(plane, cluster);
}

function forgetUser(plane: Plane, user: UserRecord): void {
  const { state } = plane;
  const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => id !== user.id);
  for (const group of groupsOf(state, user)) {
    const { pending } = group;
    state.userGroups.set({
      ...group,
      userIds: without(group.userIds),
      ...(pending === undefined ? {} : { pending: { ...pending, userIds: without(pending.userIds) } }),
    });
  }
  state.users.delete(user, user.id);
  state.tags.delete(user, `user:${user.id}`);
}

/** To every engine that has the users of the group. */
async function bringToUsersOf(plane: Plane, group: UserGroupRecord, signal: AbortSignal): Promise<void> {
  const caches = serverlessCachesOf(plane.state, group).map((cache) => bringToServerless(plane, cache, signal));
  await Promise.all([bringTo(plane, replicationGroupsOf(plane.state, group), signal), ...caches]);
}

async function bringTo(plane: Plane, groups: readonly ReplicationGroupRecord[], signal: AbortSignal): Promise<void> {
  const members = groups.flatMap((group) => membersOf(plane, group));
  await Promise.all(members.map((member) => bringToNode(plane, member, signal)));
}

function bringToNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const wanted = (): CacheNodeSpec | undefined => {
    const cluster = plane.state.currentCluster(begun);
    return cluster === undefined || cluster.status === "deleting" ? undefined : nodeSpec(plane.state, cluster);
  };
  const onFailure = (message: string): void =>
    plane.events.ofCluster(
      begun,
      `The users of the cache cluster ${message}`,
      `The users of the cache cluster ${message}`,
    );
  return bringToEngine(plane, { name: `cache cluster ${begun.id}`, wanted, onFailure }, signal);
}

/** The users that a serverless cache has, or is about to have. */
function bringToServerless(plane: Plane, begun: ServerlessCacheRecord, signal: AbortSignal): Promise<void> {
  const wanted = (): CacheNodeSpec | undefined => {
    const cache = plane.state.currentServerless(begun);
    return cache === undefined || cache.status === "deleting" ? undefined : serverlessSpec(plane.state, cache);
  };
  const onFailure = (message: string): void =>
    plane.events.add(begun, "serverless-cache", begun.id, `The users of the serverless cache ${message}`);
  return bringToEngine(plane, { name: `serverless cache ${begun.id}`, wanted, onFailure }, signal);
}

/** Until it is done, or there is no engine: the next one starts with what is wanted. */
function bringToEngine(
  plane: Plane,
  engine: {
    readonly name: string;
    /** As it is to be now; undefined when it is gone or going. */
    readonly wanted: () => CacheNodeSpec | undefined;
    readonly onFailure: (message: string) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  const call = {
    what: `changing the users of ${engine.name}`,
    timeoutSeconds: applySeconds,
    signal,
    onFailure: (error: unknown) => engine.onFailure(`could not be changed yet: ${failureText(error)}`),
  };
  return callUntilDone(plane, call, async (options) => {
    const spec = engine.wanted();
    if (spec === undefined) return;
    try {
      await plane.backend.applyAccess(spec, options);
    } catch (error) {
      if (!FcError.isInstance(error, "FC_CACHE_NODE_NOT_FOUND")) throw error;
    }
  });
}
