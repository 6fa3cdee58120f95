import type { Plane } from "../plane.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { onlyNodeId } from "./node-spec.ts";

/** The events of a cluster of one node, or a member of a group, that serves for the first time. */
export function tellOfCreation(plane: Plane, cluster: CacheClusterRecord): void {
  plane.events.ofCluster(cluster, `Added cache node ${onlyNodeId} in availability zone ${cluster.availabilityZone}`);
  plane.events.ofCluster(cluster, "Cache cluster created");
}
