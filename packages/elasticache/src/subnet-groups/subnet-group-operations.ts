import { createHash } from "node:crypto";
import { fault } from "../errors.ts";
import type { CacheSubnetGroup } from "../model.generated.ts";
import type { Operation } from "../operation.ts";
import { filled, identifier, identifierLengths, lookup, required } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { arnOf } from "../scope.ts";
import type { SubnetGroupRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { defaultSubnetGroup, findSubnetGroup, requireSubnetGroup, vpcOf } from "./find-subnet-group.ts";

/** AWS's default quotas. */
const maxGroups = 300;
const maxSubnets = 20;

/** AWS CreateCacheSubnetGroup. */
export const createCacheSubnetGroup: Operation<"CreateCacheSubnetGroup"> = (plane, input, context) => {
  const id = identifier(input.CacheSubnetGroupName, "CacheSubnetGroupName", identifierLengths.name);
  const description = required(input.CacheSubnetGroupDescription, "CacheSubnetGroupDescription");
  const subnetIds = checkSubnets(input.SubnetIds);
  const tags = requestTags(input.Tags);
  if (findSubnetGroup(plane, context, id) !== undefined)
    throw fault("CacheSubnetGroupAlreadyExistsFault", `Cache Subnet Group ${id} already exists.`);
  if (plane.state.subnetGroups.list(context).length >= maxGroups)
    throw fault("CacheSubnetGroupQuotaExceededFault", `The quota of ${maxGroups} cache subnet groups is used up.`);
  const { account, region } = context;
  const group: SubnetGroupRecord = { account, region, id, description, subnetIds };
  plane.state.transaction(() => {
    plane.state.subnetGroups.set(group);
    setTags(plane.state, group, "subnetgroup", id, tags);
  });
  return { CacheSubnetGroup: view(group) };
};

/** AWS DescribeCacheSubnetGroups. */
export const describeCacheSubnetGroups: Operation<"DescribeCacheSubnetGroups"> = (plane, input, context) => {
  const name = lookup(input.CacheSubnetGroupName);
  const others = plane.state.subnetGroups.list(context).filter((group) => group.id !== defaultSubnetGroup);
  const groups =
    name === undefined
      ? [requireSubnetGroup(plane, context, defaultSubnetGroup), ...others].toSorted((a, b) => (a.id < b.id ? -1 : 1))
      : [requireSubnetGroup(plane, context, name)];
  const { items, marker } = page(groups, (group) => group.id, input);
  return { CacheSubnetGroups: items.map(view), Marker: marker };
};

/** AWS ModifyCacheSubnetGroup. */
export const modifyCacheSubnetGroup: Operation<"ModifyCacheSubnetGroup"> = (plane, input, context) => {
  const group = requireSubnetGroup(plane, context, required(input.CacheSubnetGroupName, "CacheSubnetGroupName"));
  const changed: SubnetGroupRecord = {
    ...group,
    description: filled(input.CacheSubnetGroupDescription) ?? group.description,
    subnetIds: input.SubnetIds === undefined ? group.subnetIds : checkSubnets(input.SubnetIds),
  };
  plane.state.subnetGroups.set(changed);
  return { CacheSubnetGroup: view(changed) };
};

/** AWS DeleteCacheSubnetGroup. */
export const deleteCacheSubnetGroup: Operation<"DeleteCacheSubnetGroup"> = (plane, input, context) => {
  const group = requireSubnetGroup(plane, context, required(input.CacheSubnetGroupName, "CacheSubnetGroupName"));
  if (group.id === defaultSubnetGroup)
    throw fault("CacheSubnetGroupInUse", "The default cache subnet group cannot be deleted.");
  const user = plane.state.clusters.list(context).find((cluster) => cluster.subnetGroup === group.id);
  if (user !== undefined)
    throw fault(
      "CacheSubnetGroupInUse",
      `Cache Subnet Group ${group.id} is currently in use by cache cluster ${user.id}.`,
    );
  plane.state.transaction(() => {
    plane.state.subnetGroups.delete(group, group.id);
    plane.state.tags.delete(group, `subnetgroup:${group.id}`);
  });
};

function checkSubnets(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0)
    throw fault("InvalidSubnet", "The parameter SubnetIds must be provided and must not be empty.");
  if (ids.length > maxSubnets)
    throw fault(
      "CacheSubnetQuotaExceededFault",
      `A cache subnet group can have at most ${maxSubnets} subnets, not ${ids.length}.`,
    );
  for (const id of ids)
    if (!/^subnet-[0-9a-z-]+$/i.test(id))
      throw fault("InvalidSubnet", `The subnet ID ${id} does not exist: it must look like subnet-0123abcd.`);
  return [...new Set(ids)];
}

function view(group: SubnetGroupRecord): CacheSubnetGroup {
  return {
    CacheSubnetGroupName: group.id,
    CacheSubnetGroupDescription: group.description,
    VpcId: vpcOf(group),
    ARN: arnOf(group, "subnetgroup", group.id),
    SupportedNetworkTypes: ["ipv4"],
    Subnets: group.subnetIds.map((id) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: `${group.region}${zoneLetter(id)}` },
      SupportedNetworkTypes: ["ipv4"],
    })),
  };
}

/** A subnet is in the same zone in every group. */
function zoneLetter(subnetId: string): string {
  return "abc"[(createHash("sha256").update(subnetId).digest()[0] ?? 0) % 3] ?? "a";
}
