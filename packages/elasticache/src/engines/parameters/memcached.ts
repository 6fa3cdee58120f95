import { type EngineParameter, parameters } from "./parameter.ts";

/** Source: AWS's parameter reference of memcached 1.6, and memcached's own help text. */
export const memcached16: readonly EngineParameter[] = parameters("1.6.6", [
  ["backlog_queue_limit", "1024", "1-10000", "The backlog queue limit", "reboot"],
  ["binding_protocol", "auto", "auto,binary,ascii", "The binding protocol", "reboot"],
  ["cas_disabled", "0", "0-1", "If 1, CAS is disabled", "reboot"],
  [
    "chunk_size",
    "48",
    "1-1024",
    "Minimum amount, in bytes, of space to allocate for the smallest item's key, value and flags",
    "reboot",
  ],
  [
    "chunk_size_growth_factor",
    "1.25",
    "",
    "The growth factor that controls the size of each successive chunk",
    "reboot",
  ],
  ["disable_flush_all", "0", "0-1", "If 1, the flush_all command is disabled", "reboot"],
  [
    "error_on_memory_exhausted",
    "0",
    "0-1",
    "If 1, an error is returned instead of evicting items when memory is exhausted",
    "reboot",
  ],
  ["hash_algorithm", "jenkins", "jenkins,murmur3", "The hash algorithm to be used", "reboot"],
  ["idle_timeout", "0", "0-86400", "Seconds after which an idle client is disconnected; 0 never", "reboot"],
  ["lru_crawler", "0", "0-1", "If 1, a background thread reclaims expired items", "reboot"],
  [
    "max_item_size",
    "1048576",
    "1024-1073741824",
    "The size, in bytes, of the largest item storable in the cluster",
    "reboot",
  ],
  ["max_simultaneous_connections", "65000", "3-65000", "The maximum number of simultaneous connections", "fixed"],
  ["maxconns_fast", "0", "0-1", "If 1, connections over the maximum are closed immediately", "reboot"],
  [
    "memcached_connections_overhead",
    "100",
    "0-65536",
    "Memory in megabytes that is reserved for connections and other overhead",
    "reboot",
  ],
  ["requests_per_event", "20", "1-2147483647", "The maximum number of requests per event for a connection", "fixed"],
]);
