import type { ElastiCacheK8sOptions, ElastiCacheK8sSettings } from "@fc/elasticache-k8s";

/** The backend's options from its settings table. */
export function cacheOptions(
  settings: ElastiCacheK8sSettings,
): Required<Pick<ElastiCacheK8sOptions, "images" | "resources" | "startTimeoutMs">> &
  Pick<ElastiCacheK8sOptions, "persistence" | "snapshotBytesPerSecond"> {
  const {
    imageRedis: redis,
    imageValkey: valkey,
    imageMemcached: memcached,
    imageProxy: proxy,
    imageRestore: restore,
    imageRegistry: registry,
  } = settings;
  return {
    images: {
      redis,
      valkey,
      memcached,
      proxy,
      restore,
      versions: settings.images,
      ...(registry === undefined ? {} : { registry }),
    },
    resources: { memoryRequestMib: settings.memoryRequestMib, cpuRequestMillis: settings.cpuRequestMillis },
    startTimeoutMs: settings.startTimeoutSeconds * 1_000,
    ...(settings.snapshotMibPerSecond > 0 && {
      snapshotBytesPerSecond: settings.snapshotMibPerSecond * 1_048_576,
    }),
    ...(settings.persistence === "none" ? {} : { persistence: persistenceOf(settings) }),
  };
}

function persistenceOf(settings: ElastiCacheK8sSettings): NonNullable<ElastiCacheK8sOptions["persistence"]> {
  const { persistenceStorageClass: storageClass, persistenceSizeMib: sizeMib, persistenceChown: chown } = settings;
  return {
    chown,
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(sizeMib === undefined ? {} : { sizeMib }),
  };
}
