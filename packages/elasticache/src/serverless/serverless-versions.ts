import type { CacheEngine } from "../backend/backend.ts";
import { compareVersions, engineVersion, engineVersions } from "../engines/versions.ts";
import { invalidCombination, invalidValue } from "../errors.ts";

/** The oldest major version of an engine that serverless caches have. */
const oldest: Readonly<Record<CacheEngine, string>> = { redis: "7", valkey: "7", memcached: "1.6" };

/** `MajorEngineVersion` of an engine version: `7`, `8`, `1.6`. */
export function majorOf(engine: CacheEngine, version: string): string {
  return version.split(".", engine === "memcached" ? 2 : 1).join(".");
}

/**
 * The version that a `MajorEngineVersion` means: the newest of it, or of the engine's default.
 * @throws AwsError `InvalidParameterValue` for one that serverless caches do not have.
 */
export function serverlessVersion(engine: CacheEngine, major: string | undefined): string {
  const wanted = major ?? majorOf(engine, engineVersion(engine, undefined).version);
  const found = engineVersions.findLast((row) => row.engine === engine && majorOf(engine, row.version) === wanted);
  if (found === undefined || compareVersions(found.version, oldest[engine]) < 0)
    throw invalidValue(`The major engine version ${wanted} is not supported for ${engine} serverless caches.`);
  return found.version;
}

/** @throws AwsError `InvalidParameterCombination` for anything but a newer version, or redis becoming valkey. */
export function requireServerlessUpgrade(
  from: { readonly engine: CacheEngine; readonly engineVersion: string },
  to: { readonly engine: CacheEngine; readonly engineVersion: string },
): void {
  if (from.engine === to.engine) {
    if (compareVersions(to.engineVersion, from.engineVersion) < 0)
      throw invalidCombination(
        `A serverless cache cannot go back from version ${from.engineVersion} to ${to.engineVersion}.`,
      );
  } else if (from.engine !== "redis" || to.engine !== "valkey")
    throw invalidCombination(`A serverless cache cannot be changed from ${from.engine} to ${to.engine}.`);
}
