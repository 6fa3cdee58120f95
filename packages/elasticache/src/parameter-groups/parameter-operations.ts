import { nodeTypes } from "../engines/node-types.ts";
import { parameterFamily } from "../engines/parameters/families.ts";
import type { EngineParameter } from "../engines/parameters/parameter.ts";
import { invalidValue } from "../errors.ts";
import type { CacheNodeTypeSpecificParameter, Parameter } from "../model.generated.ts";
import type { Operation } from "../operation.ts";
import { filled, required } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { familyOf, parameterGroup } from "./values.ts";

/** AWS DescribeCacheParameters: every parameter of the family, with the group's changes. */
export const describeCacheParameters: Operation<"DescribeCacheParameters"> = (plane, input, context) => {
  const name = required(input.CacheParameterGroupName, "CacheParameterGroupName");
  const group = parameterGroup(plane.state, context, name);
  const source = filled(input.Source);
  if (source !== undefined && !["user", "system", "engine-default"].includes(source))
    throw invalidValue(`The parameter Source has the value ${source}; it must be user, system or engine-default.`);
  const rows = familyOf(group)
    .parameters.map((parameter) => view(parameter, group.values[parameter.name], !group.id.startsWith("default.")))
    .filter((row) => source === undefined || row.Source === source);
  const { items, marker } = page(rows, (row) => row.ParameterName ?? "", input);
  const specific = source === undefined || source === "system" ? nodeTypeSpecific(group.family) : [];
  return { Parameters: items, CacheNodeTypeSpecificParameters: specific, Marker: marker };
};

/** AWS DescribeEngineDefaultParameters. */
export const describeEngineDefaultParameters: Operation<"DescribeEngineDefaultParameters"> = (_plane, input) => {
  const name = required(input.CacheParameterGroupFamily, "CacheParameterGroupFamily");
  const family = parameterFamily(name);
  if (family === undefined)
    throw invalidValue(`CacheParameterGroupFamily ${name} is not a valid parameter group family.`);
  const rows = family.parameters.map((parameter) => view(parameter, undefined));
  const { items, marker } = page(rows, (row) => row.ParameterName ?? "", input);
  return {
    EngineDefaults: {
      CacheParameterGroupFamily: family.name,
      Parameters: items,
      CacheNodeTypeSpecificParameters: nodeTypeSpecific(family.name),
      Marker: marker,
    },
  };
};

function view(parameter: EngineParameter, changed: string | undefined, byUser = true): Parameter {
  const value = changed ?? parameter.value;
  return {
    ParameterName: parameter.name,
    ParameterValue: value === "" && changed === undefined ? undefined : value,
    Description: parameter.description,
    Source: changed === undefined || !byUser ? "system" : "user",
    DataType: parameter.dataType,
    AllowedValues: parameter.allowed,
    IsModifiable: parameter.modifiable,
    MinimumEngineVersion: parameter.minimumEngineVersion,
    ChangeType: parameter.changeType,
  };
}

/** `maxmemory` is not set by users: it follows from the node type. */
function nodeTypeSpecific(family: string): CacheNodeTypeSpecificParameter[] {
  const memcached = family.startsWith("memcached");
  return [
    {
      ParameterName: memcached ? "max_cache_memory" : "maxmemory",
      Description: memcached
        ? "The maximum configurable amount of memory to use to store items, in megabytes."
        : "The maximum configurable amount of memory to use to store items, in bytes.",
      Source: "system",
      DataType: "integer",
      IsModifiable: false,
      MinimumEngineVersion: memcached ? "1.6.6" : "6.0.0",
      ChangeType: "requires-reboot",
      CacheNodeTypeSpecificValues: nodeTypes.map(({ name, maxMemoryBytes }) => ({
        CacheNodeType: name,
        Value: String(memcached ? Math.floor(maxMemoryBytes / 1_048_576) : maxMemoryBytes),
      })),
    },
  ];
}
