import { equalJson, isJsonObject, type JsonObject, listAt, type ManagedFieldsEntry } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";

interface Conflict {
  readonly manager: string;
  /** Such as `.spec.containers[name="main"].image`. */
  readonly field: string;
  /** The same, as keys of a field set. */
  readonly path: readonly string[];
}

/**
 * Looks for fields that other managers have applied and that are now applied with another value. Gives the entries of the
 * other managers: with `force` without those fields. Managers that update instead of applying are not looked at.
 *
 * @param owned the field set of what is applied.
 * @throws StatusError 409 when there are such fields, without `force`
 */
export function settleConflicts(
  others: readonly ManagedFieldsEntry[],
  owned: JsonObject,
  live: JsonObject,
  applied: JsonObject,
  force: boolean,
): ManagedFieldsEntry[] {
  const conflicts = others.flatMap(({ operation, manager = "", fieldsV1 }) => {
    if (operation !== "Apply" || !isJsonObject(fieldsV1)) return [];
    return differing(owned, fieldsV1, live, applied).map(
      (path): Conflict => ({ manager, path, field: pathText(path) }),
    );
  });
  if (conflicts.length === 0) return [...others];
  if (!force) throw conflictError(conflicts);
  return others.flatMap((entry) => {
    const lost = conflicts.filter(({ manager }) => entry.operation === "Apply" && entry.manager === manager);
    if (lost.length === 0 || !isJsonObject(entry.fieldsV1)) return [entry];
    let left: JsonObject | undefined = entry.fieldsV1;
    for (const { path } of lost) left = left === undefined ? undefined : without(left, path);
    return left === undefined ? [] : [{ ...entry, fieldsV1: left }];
  });
}

/** The paths that both sets have and whose values are not the same. */
function differing(owned: JsonObject, other: JsonObject, live: unknown, applied: unknown): string[][] {
  return Object.entries(owned).flatMap(([key, set]) => {
    const theirs = other[key];
    if (key === "." || !isJsonObject(set) || !isJsonObject(theirs)) return [];
    const [was, is] = [valueAt(live, key), valueAt(applied, key)];
    const isLeaf = Object.keys(set).length === 0 || Object.keys(theirs).length === 0;
    if (isLeaf) return equalJson(was, is) ? [] : [[key]];
    return differing(set, theirs, was, is).map((path) => [key, ...path]);
  });
}

/** `f:` keys name a member, `k:` keys the element of a list that has those members (a protocol that is left out is TCP). */
function valueAt(parent: unknown, key: string): unknown {
  if (key.startsWith("f:")) return isJsonObject(parent) ? parent[key.slice(2)] : undefined;
  const wanted = Object.entries(JSON.parse(key.slice(2)) as JsonObject);
  return listAt({ parent }, "parent").find(
    (item) => isJsonObject(item) && wanted.every(([name, value]) => (item[name] ?? "TCP") === value),
  );
}

/** The set without one path; undefined when nothing is left of it. */
function without(set: JsonObject, [key = "", ...rest]: readonly string[]): JsonObject | undefined {
  const { [key]: inner, ...others } = set;
  const left = rest.length > 0 && isJsonObject(inner) ? without(inner, rest) : undefined;
  const kept = left === undefined ? others : { ...others, [key]: left };
  return Object.keys(kept).some((name) => name !== ".") ? kept : undefined;
}

function pathText(path: readonly string[]): string {
  return path
    .map((key) => {
      if (key.startsWith("f:")) return `.${key.slice(2)}`;
      const members = Object.entries(JSON.parse(key.slice(2)) as JsonObject);
      return `[${members.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const named = (manager: string): string => JSON.stringify(manager);
  const causes = conflicts.map(({ manager, field }) => ({
    ...{ reason: "FieldManagerConflict", message: `conflict with ${named(manager)}`, field },
  }));
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  const [only] = conflicts;
  const text =
    conflicts.length === 1 && only !== undefined
      ? `1 conflict: conflict with ${named(only.manager)}: ${only.field}`
      : `${conflicts.length} conflicts: ${managers
          .map((manager) => {
            const fields = conflicts
              .filter((conflict) => conflict.manager === manager)
              .map(({ field }) => `- ${field}`);
            return `conflicts with ${named(manager)}:\n${fields.join("\n")}`;
          })
          .join("\n")}`;
  return new StatusError(409, "Conflict", `Apply failed with ${text}`, { causes });
}
