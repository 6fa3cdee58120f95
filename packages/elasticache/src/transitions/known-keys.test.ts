import { createMemoryRecordStore, type RecordStore } from "@fc/core";
import { expect, test } from "vitest";
import { harness } from "../../test/harness.ts";
import { openState } from "../state/state.ts";
import { knownKeys } from "./known-keys.ts";

/** Counts how often all records of a kind are read. */
function counted(records: RecordStore): RecordStore & { lists: number } {
  const store: RecordStore & { lists: number } = {
    ...records,
    lists: 0,
    collection: <T>(name: string) => {
      const collection = records.collection<T>(name);
      return {
        ...collection,
        list: (prefix?: string) => {
          store.lists += 1;
          return collection.list(prefix);
        },
      };
    },
  };
  return store;
}

test("the keys of nodes, groups and serverless caches are known, as they are now, and read once for many questions", async () => {
  const records = createMemoryRecordStore();
  const h = harness({ records });
  h.call("CreateCacheCluster", { CacheClusterId: "c" });
  h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", NumCacheNodes: 2 });
  h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d", NumCacheClusters: 2 });
  h.call("CreateServerlessCache", { ServerlessCacheName: "s", Engine: "redis" });
  await h.settle();
  const keys = [...h.backend.nodes.keys(), ...h.backend.groups.keys()];
  // One, two and their configuration endpoint, two and their group, one.
  expect(keys).toHaveLength(8);
  const reading = counted(records);
  const isKnown = knownKeys(openState(reading));
  for (let times = 0; times < 50; times += 1) expect(keys.map(isKnown)).not.toContain(false);
  expect(isKnown("another")).toBe(false);
  expect(reading.lists).toBe(3);
  h.call("DeleteCacheCluster", { CacheClusterId: "c" });
  await h.settle();
  expect(keys.map(isKnown).filter((known) => !known)).toHaveLength(1);
});
