import { readSettings } from "@fc/core";
import { elastiCacheK8sSettings } from "@fc/elasticache-k8s";
import { expect, test } from "vitest";
import { cacheOptions } from "./cache-options.ts";

test.each([
  [{}, 32 * 1_048_576],
  [{ FAKECLOUD_ELASTICACHE_K8S_SNAPSHOT_MIB_PER_SECOND: "100" }, 100 * 1_048_576],
  [{ FAKECLOUD_ELASTICACHE_K8S_SNAPSHOT_MIB_PER_SECOND: "0" }, undefined],
])("with %j, snapshots are read at %s bytes per second", (environment, bytesPerSecond) => {
  const { snapshotBytesPerSecond } = cacheOptions(readSettings(elastiCacheK8sSettings, { environment }));
  expect(snapshotBytesPerSecond).toBe(bytesPerSecond);
});
