import { boolean, integer, keyValueMap, oneOf, type Parser, type SettingsTable, text } from "@fc/core";
import { defaultImages } from "./engines/images.ts";

/** What {@link elastiCacheK8sSettings} reads. */
export interface ElastiCacheK8sSettings {
  readonly imageRegistry: string | undefined;
  readonly imageRedis: string;
  readonly imageValkey: string;
  readonly imageMemcached: string;
  readonly imageProxy: string;
  readonly imageRestore: string;
  readonly images: Readonly<Record<string, string>>;
  readonly persistence: "none" | "pvc";
  readonly persistenceStorageClass: string | undefined;
  readonly persistenceSizeMib: number | undefined;
  readonly persistenceChown: boolean;
  readonly memoryRequestMib: number;
  readonly cpuRequestMillis: number;
  readonly startTimeoutSeconds: number;
  readonly snapshotMibPerSecond: number;
}

const imagesOfVersions: Parser<Readonly<Record<string, string>>> = Object.assign(
  (value: string): Readonly<Record<string, string>> => {
    const images = keyValueMap(value);
    for (const name of Object.keys(images))
      if (!/^(redis|valkey|memcached)\d+(\.\d+)*$/.test(name)) throw new Error(`${name} is no engine with a version`);
    return images;
  },
  { expected: "engine and version=image pairs, separated by commas, for example valkey7.2=valkey/valkey:7.2-alpine" },
);

/** The settings of this package: environment variables for cache Pods. */
export const elastiCacheK8sSettings: SettingsTable<ElastiCacheK8sSettings> = {
  imageRegistry: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_REGISTRY",
    parse: text,
    blank: "unset",
    doc: "Registry (host, optional port and path) put before every cache image that names none itself.",
  },
  imageRedis: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_REDIS",
    parse: text,
    blank: "unset",
    default: defaultImages.redis,
    doc: "Image of redis nodes.",
  },
  imageValkey: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_VALKEY",
    parse: text,
    blank: "unset",
    default: defaultImages.valkey,
    doc: "Image of valkey nodes.",
  },
  imageMemcached: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_MEMCACHED",
    parse: text,
    blank: "unset",
    default: defaultImages.memcached,
    doc: "Image of memcached nodes.",
  },
  imageProxy: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_PROXY",
    parse: text,
    blank: "unset",
    default: defaultImages.proxy,
    doc: "Image of memcached's configuration endpoints, and of what stands before engines with IAM users or with TransitEncryptionMode preferred; it needs node.",
  },
  imageRestore: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGE_RESTORE",
    parse: text,
    blank: "unset",
    default: defaultImages.restore,
    doc: "Image of the step that fetches a snapshot before the engine starts; it needs sh, wget and sha256sum.",
  },
  images: {
    name: "FAKECLOUD_ELASTICACHE_K8S_IMAGES",
    parse: imagesOfVersions,
    default: {},
    doc: "Images of single engine versions (redis7.0, valkey7); all others have the image of their engine.",
  },
  persistence: {
    name: "FAKECLOUD_ELASTICACHE_PERSISTENCE",
    parse: oneOf("none", "pvc"),
    default: "none",
    doc: "What redis and valkey nodes keep when their Pods are lost: nothing but what can be copied in time, or (pvc) all answered writes, on a PersistentVolumeClaim.",
  },
  persistenceStorageClass: {
    name: "FAKECLOUD_ELASTICACHE_PERSISTENCE_STORAGE_CLASS",
    parse: text,
    blank: "unset",
    doc: "StorageClass of these claims. Default: the cluster's.",
  },
  persistenceSizeMib: {
    name: "FAKECLOUD_ELASTICACHE_PERSISTENCE_SIZE_MIB",
    parse: integer({ min: 1 }),
    doc: "Size of these claims, in MiB. Default: twice the memory of the node type.",
  },
  persistenceChown: {
    name: "FAKECLOUD_ELASTICACHE_PERSISTENCE_CHOWN",
    parse: boolean,
    default: false,
    doc: "Whether a step as root gives the volume to the engine's user first, for storage that ignores fsGroup (hostPath). Pod Security restricted refuses it.",
  },
  memoryRequestMib: {
    name: "FAKECLOUD_ELASTICACHE_K8S_MEMORY_REQUEST_MIB",
    parse: integer({ min: 1 }),
    default: 64,
    doc: "Memory that a cache Pod requests, in MiB. Its limit follows the node type.",
  },
  cpuRequestMillis: {
    name: "FAKECLOUD_ELASTICACHE_K8S_CPU_REQUEST_MILLIS",
    parse: integer({ min: 1 }),
    default: 50,
    doc: "CPU that a cache Pod requests, in thousandths of a CPU. Its limit follows the node type.",
  },
  startTimeoutSeconds: {
    name: "FAKECLOUD_ELASTICACHE_K8S_START_TIMEOUT_SECONDS",
    parse: integer({ min: 1 }),
    default: 180,
    doc: "How long a cache Pod may take until its engine answers, in seconds. They begin anew while its image is pulled.",
  },
  snapshotMibPerSecond: {
    name: "FAKECLOUD_ELASTICACHE_K8S_SNAPSHOT_MIB_PER_SECOND",
    parse: integer({ min: 0 }),
    default: 32,
    doc: "How fast a snapshot is read from its engine, in MiB per second: the slower, the less the engine's clients notice. 0: as fast as it comes.",
  },
};
