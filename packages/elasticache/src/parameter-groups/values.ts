import { type ParameterFamily, parameterFamilies, parameterFamily } from "../engines/parameters/families.ts";
import { defaultParameterGroup } from "../engines/versions.ts";
import { parameterGroupNotFound, unsupported } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { ParameterGroupRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** The default groups of every account: they are the families themselves, without changes. */
export function defaultGroups(scope: Scope): ParameterGroupRecord[] {
  return parameterFamilies.map(({ name }) => ({
    account: scope.account,
    region: scope.region,
    id: defaultParameterGroup(name),
    family: name,
    description: `Default parameter group for ${name}`,
    values: {},
  }));
}

export function findParameterGroup(state: State, scope: Scope, name: string): ParameterGroupRecord | undefined {
  const id = name.toLowerCase();
  return defaultGroups(scope).find((group) => group.id === id) ?? state.parameterGroups.get(scope, id);
}

/** @throws AwsError `CacheParameterGroupNotFound`. */
export function parameterGroup(state: State, scope: Scope, name: string): ParameterGroupRecord {
  const found = findParameterGroup(state, scope, name);
  if (found !== undefined) return found;
  if (/^default\..*\.cluster\.on$/i.test(name))
    throw unsupported(`Cluster mode (parameter group ${name})`, `Use ${name.replace(/\.cluster\.on$/i, "")}.`);
  throw parameterGroupNotFound(name);
}

export function familyOf(group: ParameterGroupRecord): ParameterFamily {
  const family = parameterFamily(group.family);
  if (family === undefined)
    throw new Error(`the stored parameter group ${group.id} has the unknown family ${group.family}`);
  return family;
}

/** Engines before redis 7.2 do not know these and refuse to start with them. Unchanged, they are the engine's own defaults anyway. */
const ofNewerEngines: ReadonlySet<string> = new Set(["set-max-listpack-entries", "set-max-listpack-value"]);

/**
 * What the engine runs with: the family's defaults and the user's changes over them. What users cannot change (`maxclients`…) is the
 * service's own matter and not an engine setting.
 */
export function effectiveValues(group: ParameterGroupRecord): Record<string, string> {
  return Object.fromEntries(
    familyOf(group)
      .parameters.filter(({ name, modifiable }) => modifiable && (name in group.values || !ofNewerEngines.has(name)))
      .map(({ name, value }) => [name, group.values[name] ?? value]),
  );
}

/** The names of the parameters whose changes an engine gets with its next start, by AWS's `ChangeType`. */
export function parametersAtReboot(group: ParameterGroupRecord): readonly string[] {
  return familyOf(group)
    .parameters.filter(({ changeType }) => changeType === "requires-reboot")
    .map(({ name }) => name);
}
