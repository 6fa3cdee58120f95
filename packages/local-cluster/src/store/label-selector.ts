import { StatusError } from "./status-error.ts";

/** Whether a set of labels is selected. */
export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Parses the text form: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`, joined by commas.
 * `!=` and `notin` also select objects without the label.
 *
 * @throws StatusError 400 when the text does not parse.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const tests = splitTopLevel(text).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

/** A selector that asks for exact values; an empty one selects everything. */
export function matchLabels(wanted: Readonly<Record<string, string>>): LabelSelector {
  const entries = Object.entries(wanted);
  return (labels) => entries.every(([key, value]) => labels[key] === value);
}

const requirement = /^(!?)\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|(in|notin)\s*\(([^()]*)\))?$/;

function parseRequirement(text: string): LabelSelector {
  const match = requirement.exec(text.trim());
  if (match === null)
    throw StatusError.badRequest(`unable to parse requirement: ${JSON.stringify(text.trim())} is not a label selector`);
  const [, not, key = "", operator, value = "", set, values = ""] = match;
  if (not === "!") {
    if (operator !== undefined || set !== undefined)
      throw StatusError.badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
    return (labels) => !Object.hasOwn(labels, key);
  }
  if (operator === "!=") return (labels) => labels[key] !== value;
  if (operator !== undefined) return (labels) => labels[key] === value;
  const wanted = new Set(values.split(",").map((item) => item.trim()));
  if (set === "in") return (labels) => Object.hasOwn(labels, key) && wanted.has(labels[key] ?? "");
  if (set === "notin") return (labels) => !Object.hasOwn(labels, key) || !wanted.has(labels[key] ?? "");
  return (labels) => Object.hasOwn(labels, key);
}

/** Splits at commas outside of parentheses. */
function splitTopLevel(text: string): string[] {
  if (text.trim() === "") return [];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === "(") depth += 1;
    else if (text[i] === ")") depth -= 1;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
