import { currentAccess } from "../access/node-access.ts";
import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed } from "./find-cluster.ts";

/** AWS DescribeCacheClusters: members of replication groups are listed too. */
export const describeCacheClusters: Operation<"DescribeCacheClusters"> = (plane, input, context) => {
  const id = lookup(input.CacheClusterId);
  const all = id === undefined ? plane.state.clusters.list(context) : [clusterNamed(plane, context, id)];
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
