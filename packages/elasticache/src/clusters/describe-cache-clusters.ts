import { currentAccess } from "../access/node-access.ts";
import { clusterNotFound } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import type { Scope } from "../scope.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed } from "./find-cluster.ts";

/** AWS DescribeCacheClusters: members of replication groups are listed too, of the shards that were asked for. */
export const describeCacheClusters: Operation<"DescribeCacheClusters"> = (plane, input, context) => {
  const id = lookup(input.CacheClusterId);
  const hidden = passingMembers(plane, context);
  if (id !== undefined && hidden.has(id)) throw clusterNotFound(id);
  const all =
    id === undefined
      ? plane.state.clusters.list(context).filter((cluster) => !hidden.has(cluster.id))
      : [clusterNamed(plane, context, id)];
  const alone = input.ShowCacheClustersNotInReplicationGroups === true;
  const chosen = alone ? all.filter((cluster) => cluster.replicationGroupId === undefined) : all;
  const { items, marker } = page(chosen, (cluster) => cluster.id, input);
  return {
    CacheClusters: items.map((cluster) =>
      clusterView(cluster, { nodes: input.ShowCacheNodeInfo === true, access: currentAccess(plane.state, cluster) }),
    ),
    Marker: marker,
  };
};

/** Ids of the members of shards that are there for a snapshot's data only. */
function passingMembers({ state }: Plane, scope: Scope): ReadonlySet<string> {
  const passing = state.groups.list(scope).flatMap(({ shards }) => shards.filter((shard) => shard.passing === true));
  return new Set(passing.flatMap(({ memberIds }) => memberIds));
}
