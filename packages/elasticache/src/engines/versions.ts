import type { CacheEngine } from "../backend/backend.ts";
import { invalidCombination, invalidValue } from "../errors.ts";

/** One row of DescribeCacheEngineVersions. */
export interface EngineVersion {
  readonly engine: CacheEngine;
  readonly version: string;
  /** The patch level that AWS reports of a running cluster; requests must not name it. */
  readonly reported?: string;
  /** Parameter group family. */
  readonly family: string;
  /** What CreateCacheCluster takes when no version is given. */
  readonly isDefault?: boolean;
}

/** The versions that can be run, oldest first within an engine. */
export const engineVersions: readonly EngineVersion[] = [
  { engine: "memcached", version: "1.6.6", family: "memcached1.6" },
  { engine: "memcached", version: "1.6.12", family: "memcached1.6" },
  { engine: "memcached", version: "1.6.17", family: "memcached1.6" },
  { engine: "memcached", version: "1.6.22", family: "memcached1.6", isDefault: true },
  { engine: "redis", version: "6.0", reported: "6.0.5", family: "redis6.x" },
  { engine: "redis", version: "6.2", reported: "6.2.6", family: "redis6.x" },
  { engine: "redis", version: "7.0", reported: "7.0.7", family: "redis7" },
  { engine: "redis", version: "7.1", reported: "7.1.0", family: "redis7", isDefault: true },
  { engine: "valkey", version: "7.2", reported: "7.2.6", family: "valkey7" },
  { engine: "valkey", version: "8.0", reported: "8.0.1", family: "valkey8", isDefault: true },
  { engine: "valkey", version: "8.1", reported: "8.1.0", family: "valkey8" },
];

/** @throws AwsError `InvalidParameterValue` for anything but redis, valkey and memcached. */
export function engineNamed(name: string): CacheEngine {
  const lower = name.toLowerCase();
  if (lower === "redis" || lower === "valkey" || lower === "memcached") return lower;
  throw invalidValue(`The parameter Engine has the value ${name}; it must be one of redis, valkey, memcached.`);
}

/**
 * The version that a request means: the engine's default when it names none, the newest of a `6.x`.
 * @throws AwsError `InvalidParameterCombination` "Cannot find version …", or AWS's advice when a patch version is named.
 */
export function engineVersion(engine: CacheEngine, requested: string | undefined): EngineVersion {
  const rows = engineVersions.filter((row) => row.engine === engine);
  const found =
    requested === undefined || requested === ""
      ? rows.find((row) => row.isDefault)
      : rows.findLast((row) => row.version === requested || matchesMajor(row.version, requested));
  if (found !== undefined) return found;
  const minor = requested?.split(".").slice(0, 2).join(".");
  if (engine !== "memcached" && rows.some((row) => row.version === minor))
    throw invalidValue(`Specific version selection is not allowed for '${requested}', please use '${minor}'`);
  throw invalidCombination(`Cannot find version ${requested} for ${engine}`);
}

/** What Describe answers name: redis and valkey with their patch level. */
export function reportedVersion(settings: { readonly engine: CacheEngine; readonly engineVersion: string }): string {
  const row = engineVersions.find(
    ({ engine, version }) => engine === settings.engine && version === settings.engineVersion,
  );
  return row?.reported ?? settings.engineVersion;
}

/** Less than 0 when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The default parameter group of a family, or the one for cluster mode. */
export function defaultParameterGroup(family: string, clusterMode = false): string {
  return `default.${family}${clusterMode ? ".cluster.on" : ""}`;
}

function matchesMajor(version: string, requested: string): boolean {
  return /^\d+\.x$/.test(requested) && version.startsWith(requested.slice(0, -1));
}
