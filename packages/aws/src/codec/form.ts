import { AwsError } from "../errors/aws-error.ts";
import { decodePercent } from "../http/percent.ts";
import { splitPairs } from "../http/target.ts";

/** A form's dotted names as a tree: `Tags.Tag.1.Key=a` is the value at Tags → Tag → 1 → Key. */
export interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

// Deeper names cannot belong to a model and would only cost time.
const maxDepth = 32;

/** Reads `application/x-www-form-urlencoded` text into pairs: `+` is a space, escapes are strict. */
export function parseForm(text: string): [string, string][] {
  const decode = (raw: string): string => decodePercent(raw.replaceAll("+", " "), "MalformedInput");
  return splitPairs(text).map(([key, value]) => [decode(key), decode(value)]);
}

export function formTree(pairs: readonly (readonly [string, string])[]): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  for (const [key, value] of pairs) {
    const names = key.split(".");
    if (names.length > maxDepth)
      throw new AwsError("MalformedInput", `The parameter name ${key.slice(0, 200)} is nested too deeply`);
    let node = root;
    for (const name of names) {
      const next: FormNode = node.children.get(name) ?? { value: undefined, children: new Map() };
      node.children.set(name, next);
      node = next;
    }
    node.value = value;
  }
  return root;
}
