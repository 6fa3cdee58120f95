import { parameterFamilies, parameterFamily } from "../engines/parameters/families.ts";
import { fault, invalidValue } from "../errors.ts";
import type { CacheParameterGroup } from "../model.generated.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { identifier, identifierLengths, lookup, required } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { arnOf, type Scope } from "../scope.ts";
import type { ParameterGroupRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { defaultGroups, parameterGroup } from "./values.ts";

/** AWS's default quota per region. */
const maxGroups = 300;

/** AWS CreateCacheParameterGroup. */
export const createCacheParameterGroup: Operation<"CreateCacheParameterGroup"> = (plane, input, context) => {
  const id = identifier(input.CacheParameterGroupName, "CacheParameterGroupName", identifierLengths.name);
  const description = required(input.Description, "Description");
  const family = parameterFamily(required(input.CacheParameterGroupFamily, "CacheParameterGroupFamily"));
  if (family === undefined)
    throw invalidValue(
      `CacheParameterGroupFamily ${input.CacheParameterGroupFamily} is not a valid parameter group family. Use one of ${parameterFamilies.map(({ name }) => name).join(", ")}.`,
    );
  const tags = requestTags(input.Tags);
  if (plane.state.parameterGroups.get(context, id) !== undefined)
    throw fault("CacheParameterGroupAlreadyExistsFault", `CacheParameterGroup ${id} already exists.`);
  if (plane.state.parameterGroups.list(context).length >= maxGroups)
    throw fault("CacheParameterGroupQuotaExceededFault", `The quota of ${maxGroups} parameter groups is used up.`);
  const { account, region } = context;
  const group: ParameterGroupRecord = { account, region, id, family: family.name, description, values: {} };
  plane.state.transaction(() => {
    plane.state.parameterGroups.set(group);
    setTags(plane.state, group, "parametergroup", id, tags);
    plane.events.add(group, "cache-parameter-group", id, `Created parameter group ${id}`);
  });
  return { CacheParameterGroup: view(group) };
};

/** AWS DescribeCacheParameterGroups: the default groups are listed too. */
export const describeCacheParameterGroups: Operation<"DescribeCacheParameterGroups"> = (plane, input, context) => {
  const name = lookup(input.CacheParameterGroupName);
  const all = [...defaultGroups(context), ...plane.state.parameterGroups.list(context)];
  const groups = name === undefined ? all : [parameterGroup(plane.state, context, name)];
  const sorted = groups.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { items, marker } = page(sorted, (group) => group.id, input);
  return { CacheParameterGroups: items.map(view), Marker: marker };
};

/** AWS DeleteCacheParameterGroup. */
export const deleteCacheParameterGroup: Operation<"DeleteCacheParameterGroup"> = (plane, input, context) => {
  const name = required(input.CacheParameterGroupName, "CacheParameterGroupName");
  const group = changeableGroup(plane, context, name);
  requireUnused(plane, group);
  plane.state.transaction(() => {
    plane.state.parameterGroups.delete(group, group.id);
    plane.state.tags.delete(group, `parametergroup:${group.id}`);
    plane.events.add(group, "cache-parameter-group", group.id, `Deleted parameter group ${group.id}`);
  });
};

/** @throws AwsError `InvalidCacheParameterGroupState` while a cluster uses the group, or is about to. */
export function requireUnused(plane: Plane, group: ParameterGroupRecord): void {
  const user = plane.state.clusters
    .list(group)
    .find((cluster) => cluster.parameterGroup === group.id || cluster.pending?.parameterGroup === group.id);
  if (user !== undefined)
    throw fault(
      "InvalidCacheParameterGroupStateFault",
      `One or more cache clusters are still members of this parameter group ${group.id}, for example ${user.id}, so the group cannot be deleted, and its cluster-enabled cannot be changed.`,
    );
}

/**
 * The user's group of that name.
 * @throws AwsError `CacheParameterGroupNotFound`; `InvalidCacheParameterGroupState` for a default group.
 */
export function changeableGroup(plane: Plane, scope: Scope, name: string): ParameterGroupRecord {
  const group = parameterGroup(plane.state, scope, name);
  if (group.id.startsWith("default."))
    throw fault(
      "InvalidCacheParameterGroupStateFault",
      `The parameter group ${group.id} is a default parameter group and cannot be changed or deleted. Create one of your own.`,
    );
  return group;
}

function view(group: ParameterGroupRecord): CacheParameterGroup {
  return {
    CacheParameterGroupName: group.id,
    CacheParameterGroupFamily: group.family,
    Description: group.description,
    IsGlobal: false,
    ARN: arnOf(group, "parametergroup", group.id),
  };
}
