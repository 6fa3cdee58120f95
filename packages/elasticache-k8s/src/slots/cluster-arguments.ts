import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { needsIamFront } from "../access/iam-users.ts";

/** A shorter silence than the engines' own default ends in a node's loss being known: we look after the nodes more closely, too. */
const nodeTimeoutMs = 2_000;

/** Where the nodes of a cluster talk to each other. */
export function busPort({ port }: Pick<CacheNodeSpec, "port">): number {
  return port === 16_379 ? 16_380 : 16_379;
}

/**
 * The arguments that put redis and valkey into cluster mode. Who is the primary of a shard is decided by the server alone, as in groups without
 * slots: engines do not vote, and replicas stay with their shard. What the engine writes of the cluster is for this Pod only: the addresses in it are
 * those of Pods, which are others by the next start.
 */
export function clusterArguments(spec: CacheNodeSpec, podName: string): string[] {
  const announced = String(spec.port);
  return [
    ...["--cluster-enabled", "yes"],
    ...["--cluster-config-file", `nodes-${podName}.conf`],
    ...["--cluster-node-timeout", String(nodeTimeoutMs)],
    ...["--cluster-port", String(busPort(spec))],
    ...["--cluster-preferred-endpoint-type", "hostname"],
    ...["--cluster-replica-no-failover", "yes"],
    ...["--cluster-allow-replica-migration", "no"],
    // AWS's default.
    ...["--cluster-require-full-coverage", "no"],
    ...(spec.access?.tls === undefined ? [] : ["--tls-cluster", "yes"]),
    // Where something stands before the engine, nodes and clients connect to that.
    ...(spec.access?.tls === "preferred" ? ["--cluster-announce-port", announced] : []),
    ...(spec.access?.tls === "preferred" || needsIamFront(spec) ? ["--cluster-announce-tls-port", announced] : []),
  ];
}
