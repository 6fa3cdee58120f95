import type { CacheEngine, CacheNodeSpec } from "@fc/elasticache/backend";
import { configurationFile, memcachedAccessOptions, redisAccessArguments } from "../access/access-volume.ts";
import { memcachedArguments } from "./memcached-parameters.ts";
import { redisDirectives } from "./redis-parameters.ts";

/** The port that the engine listens on in its Pod; the Service has the port that the user asked for. */
export function enginePort(engine: CacheEngine): number {
  return engine === "memcached" ? 11_211 : 6379;
}

/** Whether the engine speaks RESP and has RDB snapshots. */
export function hasRdb(engine: CacheEngine): boolean {
  return engine !== "memcached";
}

/**
 * What stands before the user's parameters. No snapshots on a timer or at the end (`save`): the data directory goes with the Pod,
 * so they would only cost time. The checksum and the immediate diskless copy are what our own snapshots stand on.
 */
const redisBase: readonly string[] = ["--save", "", "--rdbchecksum", "yes", "--repl-diskless-sync-delay", "0"];

/** The container's arguments. `persistent`: writes are in the append-only file before they are answered. They begin with an option or a `.conf` file, so that the image's own entrypoint puts its server before them. */
export function engineArguments(spec: CacheNodeSpec, persistent = false): string[] {
  if (!hasRdb(spec.engine)) {
    const { flags, options } = memcachedAccessOptions(spec);
    return [...memcachedArguments(spec.nodeType, spec.parameters, options), ...flags];
  }
  const directives = redisDirectives(spec.nodeType, spec.parameters);
  return [
    configurationFile(),
    ...redisBase,
    ...(persistent ? ["--appendonly", "yes", "--appendfsync", spec.parameters["appendfsync"] ?? "everysec"] : []),
    ...redisAccessArguments(spec, enginePort(spec.engine)),
    ...directives.flatMap(({ name, value }) =>
      name === "client-output-buffer-limit" ? [`--${name}`, ...value.split(" ")] : [`--${name}`, value],
    ),
  ];
}
