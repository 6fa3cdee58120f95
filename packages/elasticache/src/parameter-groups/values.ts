import { type ParameterFamily, parameterFamilies, parameterFamily } from "../engines/parameters/families.ts";
import { defaultParameterGroup } from "../engines/versions.ts";
import { parameterGroupNotFound } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { ParameterGroupRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** The default groups of every account: they are the families themselves, without changes but for cluster mode. */
export function defaultGroups(scope: Scope): ParameterGroupRecord[] {
  const { account, region } = scope;
  return parameterFamilies.flatMap(({ name, parameters }) => {
    const plain: ParameterGroupRecord = {
      account,
      region,
      id: defaultParameterGroup(name),
      family: name,
      description: `Default parameter group for ${name}`,
      values: {},
    };
    if (!parameters.some((parameter) => parameter.name === clusterEnabled)) return [plain];
    const id = defaultParameterGroup(name, true);
    const description = `Customized default parameter group for ${name} with cluster mode on`;
    return [plain, { ...plain, id, description, values: { [clusterEnabled]: "yes" } }];
  });
}

const clusterEnabled = "cluster-enabled";

/** Whether engines with this group are in cluster mode. */
export function isClusterEnabled(group: ParameterGroupRecord): boolean {
  return effectiveValues(group)[clusterEnabled] === "yes";
}

export function findParameterGroup(state: State, scope: Scope, name: string): ParameterGroupRecord | undefined {
  const id = name.toLowerCase();
  return defaultGroups(scope).find((group) => group.id === id) ?? state.parameterGroups.get(scope, id);
}

/** @throws AwsError `CacheParameterGroupNotFound`. */
export function parameterGroup(state: State, scope: Scope, name: string): ParameterGroupRecord {
  const found = findParameterGroup(state, scope, name);
  if (found !== undefined) return found;
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
