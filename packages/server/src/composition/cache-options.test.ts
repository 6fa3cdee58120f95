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

test("engine versions have the images that are named for them, and a name that is none stops the start", () => {
  const read = (images: string) =>
    cacheOptions(readSettings(elastiCacheK8sSettings, { environment: { FAKECLOUD_ELASTICACHE_K8S_IMAGES: images } }));
  const versions = { "redis7.0": "hub.example/redis@sha256:00", valkey7: "v" };
  expect(read("redis7.0=hub.example/redis@sha256:00, valkey7=v").images.versions).toEqual(versions);
  for (const wrong of ["redis=x", "reddis7=x", "redis7"])
    expect(() => read(wrong)).toThrow("FAKECLOUD_ELASTICACHE_K8S_IMAGES");
});
