import { cloneJson, isJsonObject, type JsonObject } from "../../store/kube-object.ts";

/** Applies an RFC 7386 merge patch to a copy: null removes, objects merge, everything else replaces. */
export function applyMergePatch(target: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = isJsonObject(target) ? cloneJson(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = isJsonObject(value) ? applyMergePatch(result[key], value) : cloneJson(value);
  }
  return result;
}
