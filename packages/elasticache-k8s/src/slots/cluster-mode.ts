import type { CacheGroupSpec } from "@fc/elasticache/backend";

/** Whether the group's shards have slots. */
export function isClusterMode({ shards }: CacheGroupSpec): boolean {
  return shards.some(({ slots }) => slots !== undefined);
}
