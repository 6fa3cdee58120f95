import { engineAccess } from "../access/node-access.ts";
import type { CacheNodeSpec } from "../backend/backend.ts";
import type { ServerlessCacheRecord, ServerlessEngine } from "../state/serverless-records.ts";
import type { State } from "../state/state.ts";
import { tagsOf } from "../tags/tag-store.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";

/** AWS's ports: the second one reads with less latency there, and leads to the same engine here. */
export const serverlessPorts = { keys: 6379, readers: 6380, memcached: 11_211 } as const;

/** What stands behind a serverless cache until it can grow: its storage limit applies up to what this type has. */
const nodeType = "cache.m5.large";
const mostBytes = 5 * 1024 ** 3;

/** The one node of a serverless cache as the backend must make it, from the records alone. Always encrypted, as on AWS. */
export function serverlessSpec(state: State, cache: ServerlessCacheRecord): CacheNodeSpec {
  const { account, region, nodeKey } = cache;
  const { engine, engineVersion, userGroupId, usageLimits } = cache.pending ?? cache;
  const tags = tagsOf(state, cache, "serverlesscache", cache.id);
  const access = engineAccess(state, cache, {
    transitEncryption: "required",
    ...(userGroupId === undefined ? {} : { userGroupIds: [userGroupId] }),
  });
  const memcached = engine === "memcached";
  return {
    nodeKey,
    account,
    region,
    resourceType: "serverless-cache",
    resourceId: cache.id,
    nodeId: onlyNodeId,
    engine,
    engineVersion,
    nodeType,
    port: memcached ? serverlessPorts.memcached : serverlessPorts.keys,
    ...(memcached ? {} : { readerPort: serverlessPorts.readers }),
    parameters: memcached ? {} : storageParameters(usageLimits),
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    ...(access === undefined ? {} : { access }),
  };
}

/** At the storage limit AWS evicts what expires, the least recently used first, and then refuses writes. */
function storageParameters(limits: ServerlessEngine["usageLimits"]): Record<string, string> {
  const gigabytes = limits?.dataStorageGb?.maximum;
  const maxmemory = gigabytes === undefined ? mostBytes : Math.min(gigabytes * 1024 ** 3, mostBytes);
  return { "maxmemory-policy": "volatile-lru", maxmemory: String(maxmemory) };
}
