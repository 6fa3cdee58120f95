import { accepts, type EngineParameter } from "../engines/parameters/parameter.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { CacheClusterRecord, ParameterGroupRecord } from "../state/records.ts";
import { driveParameters } from "../transitions/transitions.ts";
import { changeableGroup, requireUnused } from "./group-operations.ts";
import { effectiveValues, familyOf, isClusterEnabled } from "./values.ts";

/** AWS's limit of one request. */
const maxChanges = 20;

/** AWS ModifyCacheParameterGroup: running engines get the values, or are `pending-reboot`. */
export const modifyCacheParameterGroup: Operation<"ModifyCacheParameterGroup"> = (plane, input, context) => {
  const name = required(input.CacheParameterGroupName, "CacheParameterGroupName");
  const changes = input.ParameterNameValues ?? [];
  if (changes.length === 0)
    throw invalidValue("The parameter ParameterNameValues must be provided and must not be blank.");
  if (changes.length > maxChanges)
    throw invalidValue(`At most ${maxChanges} parameters can be modified in one request, not ${changes.length}.`);
  const group = changeableGroup(plane, context, name);
  const values: Record<string, string> = { ...group.values };
  for (const { ParameterName, ParameterValue } of changes) {
    const parameter = changeable(group, required(ParameterName, "ParameterName"));
    if (ParameterValue === undefined)
      throw invalidValue(`The parameter ParameterValue of ${parameter.name} must be provided and must not be null.`);
    checkValue(parameter, ParameterValue);
    values[parameter.name] = ParameterValue;
  }
  storeValues(plane, group, values);
  return { CacheParameterGroupName: group.id };
};

/** AWS ResetCacheParameterGroup: all parameters, or the named ones, have their defaults again, also in running engines. */
export const resetCacheParameterGroup: Operation<"ResetCacheParameterGroup"> = (plane, input, context) => {
  const name = required(input.CacheParameterGroupName, "CacheParameterGroupName");
  const named = input.ParameterNameValues ?? [];
  const all = input.ResetAllParameters === true;
  if (all && named.length > 0) throw invalidCombination("ParameterNameValues cannot be used with ResetAllParameters.");
  if (!all && named.length === 0)
    throw invalidCombination("Either ResetAllParameters must be true or ParameterNameValues must be provided.");
  const group = changeableGroup(plane, context, name);
  const reset = new Set(
    named.map(({ ParameterName }) => changeable(group, required(ParameterName, "ParameterName")).name),
  );
  const kept = Object.entries(group.values).filter(([parameter]) => !all && !reset.has(parameter));
  storeValues(plane, group, Object.fromEntries(kept));
  return { CacheParameterGroupName: group.id };
};

function changeable(group: ParameterGroupRecord, name: string): EngineParameter {
  const parameter = familyOf(group).parameters.find((row) => row.name === name);
  if (parameter === undefined)
    throw invalidValue(`Could not find parameter with name: ${name} in family ${group.family}`);
  if (!parameter.modifiable) throw invalidValue(`The parameter ${name} cannot be modified.`);
  return parameter;
}

function checkValue(parameter: EngineParameter, value: string): void {
  const bad = (expected: string): never => {
    throw invalidValue(
      `The value ${value} of the parameter ${parameter.name} is not valid. Allowed values: ${expected}`,
    );
  };
  if (!accepts(parameter, value)) bad(parameter.allowed ?? parameter.dataType);
  if (parameter.name === "notify-keyspace-events" && !/^[AKEg$lshzxednmt]*$/.test(value)) bad("AKEg$lshzxednmt");
  if (/[\r\n\0]/.test(value)) bad("one line of text");
}

function storeValues(plane: Plane, group: ParameterGroupRecord, values: Readonly<Record<string, string>>): void {
  const changed: ParameterGroupRecord = { ...group, values };
  if (isClusterEnabled(group) !== isClusterEnabled(changed)) requireUnused(plane, group);
  const users =
    JSON.stringify(effectiveValues(group)) === JSON.stringify(effectiveValues(changed))
      ? []
      : plane.state.clusters.list(group).filter((cluster) => cluster.parameterGroup === group.id);
  const applying = users.map((cluster): CacheClusterRecord => ({ ...cluster, parameterStatus: "applying" }));
  plane.state.transaction(() => {
    plane.state.parameterGroups.set(changed);
    for (const cluster of applying) plane.state.clusters.set(cluster);
    plane.events.add(group, "cache-parameter-group", group.id, `Updated parameter group ${group.id}`);
  });
  for (const cluster of applying) driveParameters(plane, cluster);
}
