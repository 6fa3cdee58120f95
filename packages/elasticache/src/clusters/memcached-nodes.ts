import { fault, invalidCombination, invalidValue } from "../errors.ts";
import type { Input } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import { spreadZone, zoneOf } from "../requests/zones.ts";
import type { CacheClusterRecord, CacheNodeRecord, NodeCountChange } from "../state/records.ts";

/** AWS's limit of a memcached cluster. */
const maxNodes = 40;

/** @throws AwsError for a number of nodes that the engine cannot have. */
export function nodeCount(count: number | undefined, engine: string): number {
  const wanted = count ?? 1;
  if (!Number.isInteger(wanted) || wanted < 1)
    throw invalidValue(`The parameter NumCacheNodes must be at least 1, and is ${wanted}.`);
  if (engine !== "memcached" && wanted > 1)
    throw invalidCombination("Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1.");
  if (wanted > maxNodes)
    throw fault(
      "NodeQuotaForClusterExceededFault",
      `A memcached cluster can have at most ${maxNodes} nodes, not ${wanted}.`,
    );
  return wanted;
}

/**
 * Where each of the nodes of a new memcached cluster goes.
 * @throws AwsError when the members of the request contradict each other.
 */
export function plannedZones(input: Input<"CreateCacheCluster">, region: string, count: number): readonly string[] {
  const zones = input.PreferredAvailabilityZones ?? [];
  const across = input.AZMode === "cross-az";
  if (across && count === 1) throw invalidCombination("AZMode cross-az needs more than one cache node.");
  if (zones.length > 0) {
    if (zones.length !== count)
      throw invalidCombination(`${zones.length} PreferredAvailabilityZones are given for ${count} cache nodes.`);
    const named = zones.map((zone) => zoneOf(region, zone));
    if (across && new Set(named).size === 1)
      throw invalidCombination("AZMode cross-az needs PreferredAvailabilityZones that are not all the same.");
    if (input.AZMode === "single-az" && new Set(named).size > 1)
      throw invalidCombination("AZMode single-az needs PreferredAvailabilityZones that are all the same.");
    return named;
  }
  const zone = filled(input.PreferredAvailabilityZone);
  return Array.from({ length: count }, (_, index) => (across ? spreadZone(region, index) : zoneOf(region, zone)));
}

/** Records of nodes that are to be made beside those that there are: their ids are the lowest that are free. */
export function newNodes(
  cluster: Pick<CacheClusterRecord, "node" | "configurationVersion" | "cacheNodes">,
  zones: readonly string[],
  nowMs: number,
): CacheNodeRecord[] {
  const taken = new Set(cluster.cacheNodes?.map(({ id }) => id));
  // An id that is used again is not the same node.
  const generation = (cluster.configurationVersion ?? 0) + 1;
  let number = 0;
  return zones.map((availabilityZone) => {
    let id: string;
    do {
      number += 1;
      id = String(number).padStart(4, "0");
    } while (taken.has(id));
    const nodeKey = `${cluster.node.nodeKey}/${id}-${generation}`;
    return { id, nodeKey, status: "creating", availabilityZone, parameterStatus: "in-sync", createdAtMs: nowMs };
  });
}

/**
 * What a request makes of the number of nodes. `none`: it cancels what was pending; undefined: it says nothing of it.
 * @throws AwsError for everything that AWS refuses.
 */
export function plannedCount(
  input: Input<"ModifyCacheCluster">,
  cluster: CacheClusterRecord,
): NodeCountChange | "none" | undefined {
  const removing = [...new Set(input.CacheNodeIdsToRemove ?? [])];
  const zones = input.NewAvailabilityZones ?? [];
  const nodes = cluster.cacheNodes ?? [];
  if (input.NumCacheNodes === undefined) {
    if (removing.length > 0)
      throw invalidCombination("CacheNodeIdsToRemove needs NumCacheNodes: how many cache nodes are left.");
    if (zones.length > 0) throw invalidCombination("NewAvailabilityZones is for cache nodes that NumCacheNodes adds.");
    if (input.AZMode === "cross-az" && nodes.length < 2)
      throw invalidCombination("AZMode cross-az needs more than one cache node.");
    return undefined;
  }
  const count = nodeCount(input.NumCacheNodes, cluster.engine);
  const more = count - nodes.length;
  if (more >= 0 && removing.length > 0)
    throw invalidCombination(
      `CacheNodeIdsToRemove is for fewer cache nodes than the ${nodes.length} that there are, and NumCacheNodes is ${count}.`,
    );
  if (more <= 0 && zones.length > 0)
    throw invalidCombination(`NewAvailabilityZones is for new cache nodes, and NumCacheNodes is ${count}.`);
  if (more === 0) return "none";
  if (more < 0) return { count, removing: checkedRemoval(removing, nodes, -more), zones: [] };
  if (zones.length > 0 && zones.length !== more)
    throw invalidCombination(`${zones.length} NewAvailabilityZones are given for ${more} new cache nodes.`);
  const across = input.AZMode === "cross-az" || new Set(nodes.map((node) => node.availabilityZone)).size > 1;
  const places = Array.from({ length: more }, (_, index) =>
    zones.length > 0
      ? zoneOf(cluster.region, zones[index])
      : across
        ? spreadZone(cluster.region, nodes.length + index)
        : cluster.availabilityZone,
  );
  return { count, removing: [], zones: places };
}

function checkedRemoval(ids: readonly string[], nodes: readonly CacheNodeRecord[], fewer: number): readonly string[] {
  if (ids.length !== fewer)
    throw invalidCombination(
      `${fewer} cache nodes are to be removed, and CacheNodeIdsToRemove names ${ids.length} of them.`,
    );
  for (const id of ids)
    if (!nodes.some((node) => node.id === id))
      throw invalidValue(`There is no cache node ${id}, only ${nodes.map((node) => node.id).join(", ")}.`);
  return ids;
}
