import { errorText } from "@fc/core";
import type { CacheNodeSpec, CacheShardSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import type { CacheGroup } from "../group/cache-group.ts";
import type { EnginePod } from "../group/replication.ts";
import { engineOf } from "../group/shard-endpoints.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { resourceSelector, specOf } from "../node/find-node.ts";
import { announce } from "./announce.ts";
import { viewOf } from "./cluster-link.ts";
import type { ClusterView } from "./cluster-view.ts";

/** An engine of a cluster and what it says. */
export interface ClusterMember {
  readonly nodeKey: string;
  readonly engine: EnginePod;
  readonly id: string;
  readonly view: ClusterView;
  /** Whether it has a cluster that serves. */
  readonly ok: boolean;
  /** What clients are told of it. */
  readonly hostname: string;
  /** Where it belongs; undefined of one that is no member any more. */
  readonly shard: CacheShardSpec | undefined;
}

const askTimeoutMs = 5_000;

/** Those of the group's engines that are not being replaced; undefined when one of them does not answer now. */
export async function askMembers(
  context: CacheContext,
  group: CacheGroup,
  signal: AbortSignal,
): Promise<ClusterMember[] | undefined> {
  const live = group.spec.shards.flatMap((shard) =>
    shard.nodes.flatMap(({ nodeKey }) => {
      const engine = engineOf(context.nodes.get(nodeKey));
      return engine === undefined ? [] : [{ engine, shard }];
    }),
  );
  const asked = await Promise.all(live.map(({ engine, shard }) => ask(context, engine, shard, signal)));
  return asked.every((member) => member !== undefined) ? asked : undefined;
}

/** What the engine says; undefined when it does not answer. */
export async function ask(
  context: CacheContext,
  engine: EnginePod,
  shard: CacheShardSpec | undefined,
  signal: AbortSignal,
): Promise<ClusterMember | undefined> {
  const { name } = engine.pod.metadata ?? {};
  const target = { ...engine, what: `asking Pod ${name} for its cluster`, timeoutMs: askTimeoutMs };
  try {
    return await withEngine(context, target, signal, async (connection, deadline) => {
      await announce(context, engine, connection, deadline);
      const view = await viewOf(connection, deadline);
      const info = String(await connection.call(["CLUSTER", "INFO"], deadline));
      const said = await connection.call(["CONFIG", "GET", "cluster-announce-hostname"], deadline);
      const hostname = Array.isArray(said) ? String(said[1]) : "";
      const nodeKey = specOf(engine.pod)?.nodeKey ?? "";
      return { nodeKey, engine, id: view.myself.id, view, ok: /^cluster_state:ok/m.test(info), hostname, shard };
    });
  } catch (error) {
    signal.throwIfAborted();
    context.logger.debug({ pod: name, error: errorText(error) }, "a node of a cluster does not answer");
    return undefined;
  }
}

/** All Pods that could be nodes of the group's cluster, by their addresses. */
export async function podsByAddress(context: CacheContext, group: CacheGroup): Promise<Map<string, V1Pod>> {
  const [node] = group.spec.shards.flatMap(({ nodes }): readonly CacheNodeSpec[] => nodes);
  if (node === undefined) return new Map();
  const pods = await context.client.listPods(resourceSelector(context, node));
  return new Map(
    pods.flatMap((pod) => {
      const { podIP, phase } = pod.status ?? {};
      return podIP === undefined || phase !== "Running" ? [] : [[podIP, pod] as const];
    }),
  );
}
