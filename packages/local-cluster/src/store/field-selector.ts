import { isJsonObject, type KubeObject } from "./kube-object.ts";
import { StatusError } from "./status-error.ts";

/** Whether an object is selected by its fields. */
export type FieldSelector = (object: KubeObject) => boolean;

/**
 * Parses a field selector: `path=value`, `path==value`, `path!=value`, joined by commas.
 *
 * @param supported the paths that this resource can be selected by, besides `metadata.name` and `metadata.namespace`.
 * @throws StatusError 400 for another path or an unparsable text.
 */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldSelector {
  const tests = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part): FieldSelector => {
      const match = /^([^=!]+?)(==|=|!=)(.*)$/s.exec(part);
      if (match === null)
        throw StatusError.badRequest(`invalid field selector ${JSON.stringify(part)}: can't understand '${part}'`);
      const [, path = "", operator, value = ""] = match;
      if (path !== "metadata.name" && path !== "metadata.namespace" && !supported.includes(path)) {
        throw StatusError.badRequest(`field label not supported: ${path}`);
      }
      return (object) => (fieldText(object, path) === value) === (operator !== "!=");
    });
  return (object) => tests.every((test) => test(object));
}

/** The value at a dotted path as text; "" when it is absent. */
function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  // Events are selected by "source", which is the component inside of it.
  const steps = path === "source" ? ["source", "component"] : path.split(".");
  for (const step of steps) value = isJsonObject(value) ? value[step] : undefined;
  if (value === undefined || value === null) return path === "spec.hostNetwork" ? "false" : "";
  return String(value);
}
