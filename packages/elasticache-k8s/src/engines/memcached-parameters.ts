import { nodeSize } from "./node-types.ts";

/** ElastiCache's memcached parameters and the flag of each. What is not here is AWS-only or fixed by the service. */
const flags: Readonly<Record<string, (value: string) => readonly string[]>> = {
  backlog_queue_limit: (value) => ["-b", value],
  binding_protocol: (value) => (value === "auto" ? [] : ["-B", value]),
  cas_disabled: (value) => (isOn(value) ? ["-C"] : []),
  chunk_size: (value) => ["-n", value],
  chunk_size_growth_factor: (value) => ["-f", value],
  error_on_memory_exhausted: (value) => (isOn(value) ? ["-M"] : []),
  disable_flush_all: (value) => (isOn(value) ? ["-F"] : []),
  large_memory_pages: (value) => (isOn(value) ? ["-L"] : []),
  lock_down_paged_memory: (value) => (isOn(value) ? ["-k"] : []),
  max_item_size: (value) => ["-I", value],
  max_simultaneous_connections: (value) => ["-c", value],
  requests_per_event: (value) => ["-R", value],
};

/** Passed with `-o`. */
const extended: Readonly<Record<string, (value: string) => string>> = {
  hash_algorithm: (value) => `hash_algorithm=${value}`,
  hashpower_init: (value) => `hashpower=${value}`,
  idle_timeout: (value) => `idle_timeout=${value}`,
  lru_crawler: (value) => (isOn(value) ? "lru_crawler" : "no_lru_crawler"),
  lru_maintainer: (value) => (isOn(value) ? "lru_maintainer" : "no_lru_maintainer"),
  maxconns_fast: (value) => (isOn(value) ? "maxconns_fast" : "no_maxconns_fast"),
  modern: () => "modern",
  slab_chunk_max: (value) => `slab_chunk_max=${value}`,
  slab_reassign: (value) => (isOn(value) ? "slab_reassign" : "no_slab_reassign"),
};

/**
 * The flags of `memcached` for a node. `-m` follows the node type less `memcached_connections_overhead` (megabytes, default 100,
 * as ElastiCache reserves it), or `max_cache_memory` when that is set. `more` goes to `-o` with the others.
 */
export function memcachedArguments(
  nodeType: string,
  parameters: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): string[] {
  const megabytes = Math.floor(nodeSize(nodeType).memoryBytes / 1_048_576);
  const overhead = Number(parameters["memcached_connections_overhead"] ?? "100");
  const args = ["-m", parameters["max_cache_memory"] ?? String(Math.max(64, megabytes - overhead))];
  const options: string[] = [...more];
  for (const name of Object.keys(parameters).sort()) {
    const value = parameters[name] ?? "";
    args.push(...(flags[name]?.(value) ?? []));
    const option = extended[name]?.(value);
    if (option !== undefined) options.push(option);
  }
  return options.length === 0 ? args : [...args, "-o", options.join(",")];
}

/** Names that change the flags of `memcached`. */
export function isMemcachedParameter(name: string): boolean {
  return Object.hasOwn(flags, name) || Object.hasOwn(extended, name) || memory.has(name);
}

const memory: ReadonlySet<string> = new Set(["max_cache_memory", "memcached_connections_overhead"]);

function isOn(value: string): boolean {
  return /^(1|yes|true|on|enabled)$/i.test(value);
}
