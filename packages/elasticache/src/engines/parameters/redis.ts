import { type EngineParameter, parameters, type Row } from "./parameter.ts";

const yesNo = "yes,no";
const count = "0-2147483647";
const bytes = "0-9223372036854775807";
const policies =
  "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction";

/** What redis 6 already had; redis 7 and valkey keep all of it. Sources: AWS's parameter reference, redis.conf of 6.2. */
const common: readonly Row[] = [
  ["acllog-max-len", "128", "1-10000", "The maximum length of the ACL log"],
  ["activedefrag", "no", yesNo, "Enabled active memory defragmentation"],
  ["active-defrag-cycle-max", "75", "1-75", "Maximal effort for defragmentation in CPU percentage"],
  ["active-defrag-cycle-min", "5", "1-75", "Minimal effort for defragmentation in CPU percentage"],
  [
    "active-defrag-ignore-bytes",
    "104857600",
    "1048576-9223372036854775807",
    "Minimum amount of fragmentation waste to start active defragmentation",
  ],
  [
    "active-defrag-max-scan-fields",
    "1000",
    "1-1000000",
    "Maximum number of set/hash/zset/list fields that are processed from the main dictionary scan",
  ],
  [
    "active-defrag-threshold-lower",
    "10",
    "1-100",
    "Minimum percentage of fragmentation to start active defragmentation",
  ],
  [
    "active-defrag-threshold-upper",
    "100",
    "1-100",
    "Maximum percentage of fragmentation at which maximum effort is used",
  ],
  ["active-expire-effort", "1", "1-10", "How much effort the engine spends to expire keys"],
  ["activerehashing", "yes", yesNo, "Apply rehashing or not", "reboot"],
  ["appendfsync", "everysec", "always,everysec,no", "fsync policy for the append only file", "fixed"],
  ["appendonly", "no", yesNo, "Enable the append only file", "fixed"],
  ["client-output-buffer-limit-normal-hard-limit", "0", bytes, "Normal client output buffer hard limit in bytes"],
  ["client-output-buffer-limit-normal-soft-limit", "0", bytes, "Normal client output buffer soft limit in bytes"],
  ["client-output-buffer-limit-normal-soft-seconds", "0", count, "Normal client output buffer soft limit in seconds"],
  [
    "client-output-buffer-limit-pubsub-hard-limit",
    "33554432",
    bytes,
    "Pubsub client output buffer hard limit in bytes",
  ],
  ["client-output-buffer-limit-pubsub-soft-limit", "8388608", bytes, "Pubsub client output buffer soft limit in bytes"],
  ["client-output-buffer-limit-pubsub-soft-seconds", "60", count, "Pubsub client output buffer soft limit in seconds"],
  ["close-on-replica-write", "yes", yesNo, "Whether connections that write to a read replica are closed"],
  ["cluster-enabled", "no", yesNo, "Enable cluster mode", "reboot"],
  ["databases", "16", "1-1200000", "Set the number of databases", "reboot"],
  [
    "hash-max-ziplist-entries",
    "512",
    count,
    "The maximum number of hash entries in order for the dataset to be compressed",
  ],
  [
    "hash-max-ziplist-value",
    "64",
    count,
    "The threshold of biggest hash entries in order for the dataset to be compressed",
  ],
  ["hll-sparse-max-bytes", "3000", "0-16000", "HyperLogLog sparse representation bytes limit"],
  ["lazyfree-lazy-eviction", "yes", yesNo, "Perform an asynchronous delete on evictions"],
  ["lazyfree-lazy-expire", "yes", yesNo, "Perform an asynchronous delete on expired keys"],
  ["lazyfree-lazy-server-del", "yes", yesNo, "Perform an asynchronous delete on key updates"],
  ["lazyfree-lazy-user-del", "yes", yesNo, "Whether DEL behaves like UNLINK"],
  ["lfu-decay-time", "1", count, "The amount of time in minutes to decrement the key counter"],
  ["lfu-log-factor", "10", "1-2147483647", "The log factor for incrementing the key counter"],
  [
    "list-compress-depth",
    "0",
    count,
    "Number of quicklist ziplist nodes from each side of the list to exclude from compression",
  ],
  ["list-max-ziplist-size", "-2", "-5--1,1-2147483647", "The number of entries allowed per internal list node"],
  ["lua-time-limit", "5000", "5000", "Max execution time of a Lua script in milliseconds", "fixed"],
  ["maxclients", "65000", "65000", "The maximum number of clients", "fixed"],
  ["maxmemory-policy", "volatile-lru", policies, "Max memory policy"],
  ["maxmemory-samples", "3", "1-2147483647", "Max memory samples"],
  [
    "min-replicas-max-lag",
    "10",
    count,
    "The maximum amount of replica lag in seconds beyond which the primary stops taking writes",
  ],
  [
    "min-replicas-to-write",
    "0",
    count,
    "The minimum number of replicas that must be present for the primary to take writes",
  ],
  ["notify-keyspace-events", "", "", "The keyspace events to notify Pub/Sub clients about"],
  ["proto-max-bulk-len", "536870912", "1048576-536870912", "Maximum size of a single element request"],
  ["repl-backlog-size", "1048576", "16384-9223372036854775807", "The replication backlog size in bytes for PSYNC"],
  [
    "repl-backlog-ttl",
    "3600",
    count,
    "How long the primary keeps the backlog after the last replica is gone, in seconds",
  ],
  ["repl-timeout", "60", "11-2147483647", "The timeout in seconds for bulk transfer and ping"],
  ["replica-allow-chaining", "no", yesNo, "Configures if chaining of replicas is allowed", "fixed"],
  ["replica-ignore-maxmemory", "yes", yesNo, "Whether a replica ignores its own maxmemory", "fixed"],
  ["replica-lazy-flush", "yes", yesNo, "Perform an asynchronous flushDB during replica sync"],
  ["reserved-memory-percent", "25", "0-100", "The percent of memory reserved for non-cache memory usage"],
  [
    "set-max-intset-entries",
    "512",
    count,
    "The limit in the size of the set in order for the dataset to be compressed",
  ],
  [
    "slowlog-log-slower-than",
    "10000",
    "-1-9223372036854775807",
    "The execution time, in microseconds, to exceed in order for the command to get logged",
  ],
  ["slowlog-max-len", "128", "0-9223372036854775807", "The length of the slow log"],
  ["stream-node-max-bytes", "4096", count, "The maximum size of a single node in a stream in bytes"],
  ["stream-node-max-entries", "100", count, "The maximum number of items a single node in a stream can contain"],
  ["tcp-keepalive", "300", count, "If non-zero, send ACKs every given number of seconds"],
  [
    "timeout",
    "0",
    "0,20-2147483647",
    "Close connection if client is idle for a given number of seconds, or never if 0",
  ],
  [
    "tracking-table-max-keys",
    "1000000",
    "1-100000000",
    "The maximum number of keys allowed for the tracking table for client side caching",
  ],
  [
    "zset-max-ziplist-entries",
    "128",
    count,
    "The maximum number of sorted set entries in order for the dataset to be compressed",
  ],
  [
    "zset-max-ziplist-value",
    "64",
    count,
    "The threshold of biggest sorted set entries in order for the dataset to be compressed",
  ],
];

const since7: readonly Row[] = [
  [
    "acl-pubsub-default",
    "allchannels",
    "allchannels,resetchannels",
    "Default pubsub channel permissions of new ACL users",
  ],
  ["cluster-allow-pubsubshard-when-down", "yes", yesNo, "Whether shard channels are served while the cluster is down"],
  ["cluster-allow-reads-when-down", "no", yesNo, "Whether a node keeps serving reads while the cluster is down"],
  ["latency-tracking", "no", yesNo, "Whether the latency of commands is tracked"],
  ["maxmemory-clients", "0", bytes, "The memory that all clients together may use, in bytes"],
  [
    "hash-max-listpack-entries",
    "512",
    count,
    "The maximum number of hash entries in order for the dataset to be compressed",
  ],
  [
    "hash-max-listpack-value",
    "64",
    count,
    "The threshold of biggest hash entries in order for the dataset to be compressed",
  ],
  ["list-max-listpack-size", "-2", "-5--1,1-2147483647", "The number of entries allowed per internal list node"],
  [
    "zset-max-listpack-entries",
    "128",
    count,
    "The maximum number of sorted set entries in order for the dataset to be compressed",
  ],
  [
    "zset-max-listpack-value",
    "64",
    count,
    "The threshold of biggest sorted set entries in order for the dataset to be compressed",
  ],
];

const since72: readonly Row[] = [
  [
    "set-max-listpack-entries",
    "128",
    count,
    "The maximum number of set entries in order for the dataset to be compressed",
  ],
  [
    "set-max-listpack-value",
    "64",
    count,
    "The threshold of biggest set entries in order for the dataset to be compressed",
  ],
];

// Under redis 7 and later the ziplist names are aliases: the same setting must not be given twice.
const withoutAliases: readonly Row[] = common.filter(([name]) => !name.includes("ziplist"));

export const redis6: readonly EngineParameter[] = parameters("6.0.0", common);

export const redis7: readonly EngineParameter[] = [
  ...parameters("6.0.0", withoutAliases),
  ...parameters("7.0.0", since7),
];

export const valkey7: readonly EngineParameter[] = parameters("7.2.0", [...withoutAliases, ...since7, ...since72]);

export const valkey8: readonly EngineParameter[] = parameters("7.2.0", [...withoutAliases, ...since7, ...since72]);
