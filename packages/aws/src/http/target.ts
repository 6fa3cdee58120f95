import { decodePercent } from "./percent.ts";

/** A request target in its parts, still percent-encoded. */
export interface Target {
  readonly path: string;
  readonly query: readonly (readonly [key: string, value: string])[];
}

/** Takes the target of a request line apart: origin form, or the absolute form that proxies send. */
export function parseTarget(target: string): Target {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, "");
  const mark = origin.indexOf("?");
  const path = mark === -1 ? origin : origin.slice(0, mark);
  return { path: path === "" ? "/" : path, query: mark === -1 ? [] : splitPairs(origin.slice(mark + 1)) };
}

/** Splits `a=1&b` into raw pairs; a key without `=` has the value "". */
export function splitPairs(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    pairs.push(equals === -1 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)]);
  }
  return pairs;
}

/** Pairs of a URL query, decoded. `+` is a literal plus, as AWS's REST services read it. */
export function decodeQuery(query: Target["query"], code: string): [string, string][] {
  return query.map(([key, value]) => [decodePercent(key, code), decodePercent(value, code)]);
}
