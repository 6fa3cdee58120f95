import type { Clock } from "@fc/core";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, EventRecord, EventSource } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** AWS keeps events for 14 days. */
export const eventRetentionMs: number = 14 * 24 * 60 * 60_000;

/** Writes what DescribeEvents reads. */
export interface EventLog {
  add(scope: Scope, source: EventSource, sourceId: string, message: string): void;
  /** An event of the cluster, and of its group when it has one and `groupMessage` is given. */
  ofCluster(cluster: CacheClusterRecord, message: string, groupMessage?: string): void;
  /** Those that are not too old, oldest first. */
  list(scope: Scope): EventRecord[];
}

export function createEventLog(state: State, clock: Clock, newId: () => string): EventLog {
  const expired = (event: EventRecord): boolean => event.atMs < clock.now() - eventRetentionMs;
  // Events of one millisecond keep their order.
  let sequence = 0;
  const add = (scope: Scope, source: EventSource, sourceId: string, message: string): void => {
    const { account, region } = scope;
    const atMs = clock.now();
    // Ids sort by time: the oldest come first, so expired ones are a prefix.
    for (const old of state.events.list(scope)) {
      if (!expired(old)) break;
      state.events.delete(old, old.id);
    }
    sequence += 1;
    const id = `${String(atMs).padStart(15, "0")}-${String(sequence).padStart(9, "0")}-${newId()}`;
    state.events.set({ account, region, id, source, sourceId, message, atMs });
  };
  return {
    add,
    ofCluster: (cluster, message, groupMessage) => {
      add(cluster, "cache-cluster", cluster.id, message);
      if (groupMessage !== undefined && cluster.replicationGroupId !== undefined)
        add(cluster, "replication-group", cluster.replicationGroupId, groupMessage);
    },
    list: (scope) => state.events.list(scope).filter((event) => !expired(event)),
  };
}
