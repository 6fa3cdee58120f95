import { nodeSize } from "./node-types.ts";

/** Parameters that exist only in ElastiCache's parameter groups: the service acts on them, the engine does not know them. */
const awsOnly = new Set([
  "appendfsync",
  "appendonly",
  "close-on-replica-write",
  "close-on-slave-write",
  "cluster-databases",
  "cluster-enabled",
  "commands-log-enabled",
  "reserved-memory",
  "reserved-memory-percent",
  "rename-commands",
]);

/** Of the parameters of cluster mode, those that the engine knows and AWS lets its users change. */
const ofClusterMode = new Set([
  "cluster-allow-pubsubshard-when-down",
  "cluster-allow-reads-when-down",
  "cluster-require-full-coverage",
]);

/** `client-output-buffer-limit-<class>-<part>`: three parameters of ElastiCache make one of the engine. */
const bufferLimit = /^client-output-buffer-limit-(normal|pubsub|slave|replica)-(hard-limit|soft-limit|soft-seconds)$/;

const bufferDefaults: Readonly<Record<string, readonly [hard: string, soft: string, seconds: string]>> = {
  normal: ["0", "0", "0"],
  pubsub: ["33554432", "8388608", "60"],
  replica: ["268435456", "67108864", "60"],
};

/** One configuration directive of the engine and the ElastiCache parameters that it comes from. */
export interface EngineDirective {
  readonly name: string;
  readonly value: string;
  readonly parameters: readonly string[];
}

/**
 * ElastiCache parameters as directives of redis and valkey, in a stable order. `maxmemory` follows the node type less
 * `reserved-memory-percent` (default 25, the default of ElastiCache), or less `reserved-memory` bytes when that is set.
 */
export function redisDirectives(nodeType: string, parameters: Readonly<Record<string, string>>): EngineDirective[] {
  const directives: EngineDirective[] = [maxmemory(nodeType, parameters)];
  for (const name of Object.keys(parameters).sort()) {
    const value = parameters[name] ?? "";
    if (isRedisAwsOnly(name) || name === "maxmemory" || bufferLimit.test(name)) continue;
    directives.push({ name, value, parameters: [name] });
  }
  return [...directives, ...bufferDirectives(parameters)];
}

/** Names that have no meaning for the engine: nothing to apply, now or at a reboot. */
export function isRedisAwsOnly(name: string): boolean {
  return awsOnly.has(name) || (name.startsWith("cluster-") && !ofClusterMode.has(name));
}

function maxmemory(nodeType: string, parameters: Readonly<Record<string, string>>): EngineDirective {
  const names = ["maxmemory", "reserved-memory", "reserved-memory-percent"];
  const given = names.filter((name) => parameters[name] !== undefined);
  const own = parameters["maxmemory"];
  if (own !== undefined && Number(own) > 0) return { name: "maxmemory", value: own, parameters: given };
  const { memoryBytes } = nodeSize(nodeType);
  const bytes = Number(parameters["reserved-memory"] ?? "0");
  const percent = Number(parameters["reserved-memory-percent"] ?? "25");
  const left = bytes > 0 ? memoryBytes - bytes : Math.floor((memoryBytes * (100 - percent)) / 100);
  return { name: "maxmemory", value: String(Math.max(left, 1_048_576)), parameters: given };
}

function bufferDirectives(parameters: Readonly<Record<string, string>>): EngineDirective[] {
  const classes = new Map<string, { limits: string[]; from: string[] }>();
  for (const name of Object.keys(parameters).sort()) {
    const [, given = "", part = ""] = bufferLimit.exec(name) ?? [];
    if (given === "") continue;
    const kind = given === "slave" ? "replica" : given;
    const found = classes.get(kind) ?? { limits: [...(bufferDefaults[kind] ?? [])], from: [] };
    found.limits[["hard-limit", "soft-limit", "soft-seconds"].indexOf(part)] = parameters[name] ?? "0";
    found.from.push(name);
    classes.set(kind, found);
  }
  return [...classes].map(([kind, { limits, from }]) => ({
    name: "client-output-buffer-limit",
    value: `${kind} ${limits.join(" ")}`,
    parameters: from,
  }));
}
