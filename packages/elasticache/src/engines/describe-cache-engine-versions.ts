import type { CacheEngineVersion } from "../model.generated.ts";
import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { compareVersions, type EngineVersion, engineVersions } from "./versions.ts";

const titles = { redis: "Redis", valkey: "Valkey", memcached: "memcached" } as const;

/** AWS DescribeCacheEngineVersions. With DefaultOnly, the default version of each engine that the other filters leave. */
export const describeCacheEngineVersions: Operation<"DescribeCacheEngineVersions"> = (_plane, input) => {
  const engine = lookup(input.Engine);
  const version = lookup(input.EngineVersion);
  const family = lookup(input.CacheParameterGroupFamily);
  const rows = engineVersions
    .filter((row) => engine === undefined || row.engine === engine)
    .filter((row) => version === undefined || row.version === version || row.reported === version)
    .filter((row) => family === undefined || row.family === family)
    .filter((row) => input.DefaultOnly !== true || row.isDefault === true)
    .toSorted((a, b) => (a.engine === b.engine ? compareVersions(a.version, b.version) : a.engine < b.engine ? -1 : 1));
  const { items, marker } = page(rows, sortKey, input);
  return { CacheEngineVersions: items.map(view), Marker: marker };
};

function sortKey({ engine, version }: EngineVersion): string {
  return [engine, ...version.split(".").map((part) => part.padStart(4, "0"))].join(".");
}

function view({ engine, version, family }: EngineVersion): CacheEngineVersion {
  return {
    Engine: engine,
    EngineVersion: version,
    CacheParameterGroupFamily: family,
    CacheEngineDescription: titles[engine],
    CacheEngineVersionDescription: `${titles[engine]} version ${version}`,
  };
}
