import { integer, readSettings, type SettingsTable } from "@fc/core";

/** Deadlines and limits of the control plane. */
export interface ElastiCacheSettings {
  /** Seconds until a node that is created, restored or adopted must answer. */
  readonly createTimeoutSeconds: number;
  /** Seconds until a rebooted or modified node must answer. */
  readonly rebootTimeoutSeconds: number;
  /** Seconds until a snapshot must be stored. */
  readonly snapshotTimeoutSeconds: number;
  /** Seconds until one try to delete a node is given up; deletes are tried until they succeed. */
  readonly deleteTimeoutSeconds: number;
  /** How many nodes are started at once. */
  readonly parallelStarts: number;
}

const seconds = { parse: integer({ min: 1, max: 86_400 }) };

/** The settings of `@fc/elasticache`. */
export const elastiCacheSettings: SettingsTable<ElastiCacheSettings> = {
  createTimeoutSeconds: {
    ...seconds,
    name: "FAKECLOUD_ELASTICACHE_CREATE_TIMEOUT_SECONDS",
    default: 600,
    doc: "Seconds until a cache node that is created, restored or adopted must answer; then it has failed. They begin anew while its image is pulled.",
  },
  rebootTimeoutSeconds: {
    ...seconds,
    name: "FAKECLOUD_ELASTICACHE_REBOOT_TIMEOUT_SECONDS",
    default: 600,
    doc: "Seconds until a rebooted or modified cache node must answer; then the old one is kept. They begin anew while its image is pulled.",
  },
  snapshotTimeoutSeconds: {
    ...seconds,
    name: "FAKECLOUD_ELASTICACHE_SNAPSHOT_TIMEOUT_SECONDS",
    default: 1800,
    doc: "Seconds until a snapshot of a cache node must be stored; then it has failed.",
  },
  deleteTimeoutSeconds: {
    ...seconds,
    name: "FAKECLOUD_ELASTICACHE_DELETE_TIMEOUT_SECONDS",
    default: 120,
    doc: "Seconds until one try to delete a cache node is given up and the next one starts.",
  },
  parallelStarts: {
    name: "FAKECLOUD_ELASTICACHE_PARALLEL_STARTS",
    parse: integer({ min: 1, max: 1000 }),
    default: 8,
    doc: "How many cache nodes are started at once; the others wait their turn.",
  },
};

/** What applies where nothing is set. */
export const defaultSettings: ElastiCacheSettings = readSettings(elastiCacheSettings, { environment: {} });
