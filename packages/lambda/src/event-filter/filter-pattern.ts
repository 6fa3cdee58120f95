import { invalidParameter } from "../aws-errors.ts";
import { type Condition, condition } from "./conditions.ts";

/** Tells whether an event passes. */
export type EventFilter = (event: unknown) => boolean;

/** @throws AwsError when the text is not a pattern that `compileFilter` understands */
export function checkFilterPattern(pattern: string): void {
  compilePattern(pattern);
}

/** The filter of FilterCriteria: an event passes when one of the patterns matches it, or when there is none. */
export function compileFilter(patterns: readonly string[]): EventFilter {
  const filters = patterns.map(compilePattern);
  return (event) => filters.length === 0 || filters.some((filter) => filter(event));
}

function compilePattern(text: string): EventFilter {
  try {
    return object(JSON.parse(text));
  } catch {
    throw invalidParameter("Invalid filter pattern definition.");
  }
}

class InvalidPattern extends Error {}

/** Every member of the pattern must match; a list is one of its entries, an object goes one level down. */
function object(pattern: unknown): EventFilter {
  if (typeof pattern !== "object" || pattern === null || Array.isArray(pattern)) throw new InvalidPattern();
  const tests = Object.entries(pattern).map(([name, value]): EventFilter => {
    if (name === "$or" && Array.isArray(value) && value.length > 1) {
      const choices = value.map(object);
      return (event) => choices.some((choice) => choice(event));
    }
    if (Array.isArray(value)) return leaf(name, value);
    const nested = object(value);
    return (event) => each(member(event, name)).some((item) => nested(item));
  });
  return (event) => tests.every((test) => test(event));
}

function leaf(name: string, entries: readonly unknown[]): EventFilter {
  const conditions = entries.map((entry): Condition => {
    const found = condition(entry);
    if (found === undefined) throw new InvalidPattern();
    return found;
  });
  if (conditions.length === 0) throw new InvalidPattern();
  return (event) => each(member(event, name)).some((value) => conditions.some((test) => test(value)));
}

function member(event: unknown, name: string): unknown {
  const isObject = typeof event === "object" && event !== null && !Array.isArray(event);
  return isObject && Object.hasOwn(event, name) ? (event as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** A list of an event matches when one of its items does. */
function each(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length > 0 ? value : [value];
}
