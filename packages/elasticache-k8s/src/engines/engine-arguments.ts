import type { CacheEngine, CacheNodeSpec } from "@fc/elasticache/backend";
import { configurationFile, memcachedAccessOptions, redisAccessArguments } from "../access/access-volume.ts";
import { clusterArguments } from "../slots/cluster-arguments.ts";
import { memcachedArguments } from "./memcached-parameters.ts";
import { redisDirectives } from "./redis-parameters.ts";

/** The port that the engine listens on in its Pod, outside of cluster mode; the Service has the port that the user asked for. */
export function enginePort(engine: CacheEngine): number {
  return engine === "memcached" ? 11_211 : 6379;
}

/**
 * The port at which a node's Pod takes connections. In cluster mode it is the user's: the engine tells clients and its own replicas the same
 * port of every node, and replicas connect to the Pod.
 */
export function listeningPort({
  engine,
  clusterEnabled,
  port,
}: Pick<CacheNodeSpec, "engine" | "clusterEnabled" | "port">): number {
  return clusterEnabled === true ? port : enginePort(engine);
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

/**
 * The container's arguments in the Pod `podName`. `persistent`: writes are on the volume before they are answered. With `everysec` they are not
 * even in the file by then while a disk is slow. The arguments begin with an option or a `.conf` file, so that the image's own entrypoint
 * puts its server before them.
 */
export function engineArguments(spec: CacheNodeSpec, podName: string, persistent = false): string[] {
  if (!hasRdb(spec.engine)) {
    const { flags, options } = memcachedAccessOptions(spec);
    return [...memcachedArguments(spec.nodeType, spec.parameters, options), ...flags];
  }
  const directives = redisDirectives(spec.nodeType, spec.parameters);
  return [
    configurationFile(),
    ...redisBase,
    ...(persistent ? ["--appendonly", "yes", "--appendfsync", "always"] : []),
    ...redisAccessArguments(spec, listeningPort(spec)),
    ...(spec.clusterEnabled === true ? clusterArguments(spec, podName) : []),
    ...directives.flatMap(({ name, value }) =>
      name === "client-output-buffer-limit" ? [`--${name}`, ...value.split(" ")] : [`--${name}`, value],
    ),
  ];
}
