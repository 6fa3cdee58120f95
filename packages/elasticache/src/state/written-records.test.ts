import { createMemoryRecordStore, type RecordStore } from "@fc/core";
import { expect, test } from "vitest";
import { harness, nextProcess } from "../../test/harness.ts";

/** Records that say which of them are written. */
function tellingRecords(): RecordStore & { readonly written: string[] } {
  const inner = createMemoryRecordStore();
  const written: string[] = [];
  return {
    written,
    transaction: (work) => inner.transaction(work),
    collection: <T>(name: string) => {
      const records = inner.collection<T>(name);
      return {
        ...records,
        set: (key: string, value: T) => {
          written.push(`${name} ${key}`);
          records.set(key, value);
        },
      };
    },
  };
}

test("a change writes what it changes, however many caches there are, and a restart writes each a few times", async () => {
  const records = tellingRecords();
  const h = harness({ records });
  const count = 100;
  for (let index = 0; index < count; index += 1) h.call("CreateCacheCluster", { CacheClusterId: `c${index}` });
  await h.settle();
  records.written.length = 0;
  h.call("ModifyCacheCluster", { CacheClusterId: "c7", SnapshotRetentionLimit: 1 });
  await h.settle();
  expect(new Set(records.written)).toEqual(new Set(["elasticache.clusters 111122223333/us-east-1/c7"]));
  await h.plane.tasks.stop();
  records.written.length = 0;
  const next = await nextProcess(h);
  expect(next.clusterStatus("c99")).toBe("available");
  expect(records.written.length).toBeLessThanOrEqual(3 * count);
});
