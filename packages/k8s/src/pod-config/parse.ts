import type { Parser } from "@fc/core";
import type { V1Toleration } from "@kubernetes/client-node";
import { keyProblem, labelValueProblem } from "./syntax.ts";

const maxAnnotationBytes = 256 * 1024;

/** `key=value,key=value` or a JSON object, in label syntax. */
export const nodeSelector: Parser<Readonly<Record<string, string>>> = parser(
  "node labels as key=value,key=value or a JSON object",
  (text) => {
    const map = parseMap(text);
    for (const [key, value] of Object.entries(map)) refuse(keyProblem(key) ?? labelValueProblem(value));
    return map;
  },
);

/** `key=value,key=value` or a JSON object. A value with a comma needs JSON. */
export const annotations: Parser<Readonly<Record<string, string>>> = parser(
  "annotations as key=value,key=value or a JSON object",
  (text) => {
    const map = parseMap(text);
    // The API server checks an annotation's key in lower case.
    for (const key of Object.keys(map)) refuse(keyProblem(key.toLowerCase()));
    const size = Object.entries(map).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
    if (size > maxAnnotationBytes)
      refuse(`${size} bytes are more than the ${maxAnnotationBytes} that Kubernetes allows`);
    return map;
  },
);

/** A JSON array of Kubernetes tolerations. */
export const tolerations: Parser<readonly V1Toleration[]> = parser(
  'tolerations as a JSON array, for example [{"key":"spot","operator":"Exists"}]',
  (text) => {
    const value = parseJson(text);
    if (!Array.isArray(value)) return refuse("the value is not a JSON array");
    return value.map((entry: unknown, index) => toleration(entry, `[${index}]`));
  },
);

function toleration(entry: unknown, where: string): V1Toleration {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return refuse(`${where} is not an object`);
  const {
    key = "",
    operator = "",
    value = "",
    effect = "",
    tolerationSeconds,
    ...rest
  } = entry as Record<string, unknown>;
  for (const name of Object.keys(rest)) refuse(`${where}.${name} is not a member of a toleration`);
  for (const [name, text] of Object.entries({ key, operator, value, effect }))
    if (typeof text !== "string") refuse(`${where}.${name} is not a text`);
  if (!["", "Exists", "Equal"].includes(operator as string)) refuse(`${where}.operator must be Exists or Equal`);
  if (!["", "NoSchedule", "PreferNoSchedule", "NoExecute"].includes(effect as string))
    refuse(`${where}.effect must be NoSchedule, PreferNoSchedule or NoExecute`);
  if (key !== "") refuseAt(where, keyProblem(key as string));
  else if (operator !== "Exists") refuse(`${where}.operator must be Exists when key is empty`);
  if (operator === "Exists" && value !== "") refuse(`${where}.value must be empty when operator is Exists`);
  refuseAt(where, labelValueProblem(value as string));
  if (tolerationSeconds !== undefined) {
    if (!Number.isSafeInteger(tolerationSeconds)) refuse(`${where}.tolerationSeconds is not an integer`);
    if (effect !== "NoExecute") refuse(`${where}.effect must be NoExecute when tolerationSeconds is set`);
  }
  return entry as V1Toleration;
}

function parseMap(text: string): Record<string, string> {
  if (text.trim().startsWith("{")) {
    const value = Object.entries(parseJson(text) as Record<string, unknown>);
    for (const [key, entry] of value) if (typeof entry !== "string") refuse(`the value of "${key}" is not a text`);
    return Object.fromEntries(value) as Record<string, string>;
  }
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  const map: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 0) refuse(`"${pair.trim()}" has no "="`);
    const key = pair.slice(0, at).trim();
    if (Object.hasOwn(map, key)) refuse(`"${key}" stands twice`);
    map[key] = pair.slice(at + 1).trim();
  }
  return map;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("the value is not JSON");
  }
}

function refuse(problem: string): never;
function refuse(problem: string | undefined): void;
function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem);
}

function refuseAt(where: string, problem: string | undefined): void {
  if (problem !== undefined) refuse(`${where}: ${problem}`);
}

/** A parser whose errors say what is expected and what is wrong. */
function parser<T>(expected: string, read: (text: string) => T): Parser<T> {
  const parse = (text: string): T => {
    try {
      return read(text);
    } catch (error) {
      throw new Error(`${expected}; ${(error as Error).message}`);
    }
  };
  return Object.assign(parse, { expected });
}
