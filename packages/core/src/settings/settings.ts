import { FcError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import { redact } from "../redact.ts";
import type { Parser } from "./parsers.ts";

/** One row of a package's settings table. Reading, `--help` and the documentation all come from it. */
export interface Setting<T> {
  /** Environment variable, `FAKECLOUD_*`. */
  readonly name: string;
  /** Command-line flag of the server, without the dashes. A boolean flag takes no value. */
  readonly flag?: string;
  readonly parse: Parser<NonNullable<T>>;
  /** Used when the setting is absent. A setting without default is undefined then, unless it is `required`. */
  readonly default?: T;
  readonly required?: boolean;
  /** Never printed. */
  readonly secret?: boolean;
  /** What an empty value means. Default: it is parsed like any other. */
  readonly blank?: "unset";
  /** One sentence for users, with the unit where there is one. */
  readonly doc: string;
}

/** A settings table: one {@link Setting} per member of the options that it produces. */
export type SettingsTable<T> = { readonly [K in keyof T]-?: Setting<T[K]> };

/** Where a setting's value came from. */
export type SettingSource = "flag" | "environment" | "default";

export interface SettingsInput {
  /** Usually `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Parsed command line: flag name to text. Wins over the environment. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

/** One thing wrong with the settings. */
export interface SettingProblem {
  readonly setting: string;
  /** Redacted when the setting is secret; undefined when it is missing. */
  readonly value: string | undefined;
  readonly expected: string;
}

/** Thrown with every problem found, so that a user mends them all at once. */
export class SettingsError extends FcError {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map(({ setting, value, expected }) =>
      value === undefined
        ? `${setting} is not set: expected ${expected}`
        : `${setting}=${value} is not understood: expected ${expected}`,
    );
    super("FC_CONFIG_INVALID", lines.join("\n"), { fault: "user", details: { problems } });
    this.problems = problems;
  }
}

/**
 * Reads a settings table.
 * @throws SettingsError (`FC_CONFIG_INVALID`) listing every missing and misunderstood setting.
 */
export function readSettings<T>(table: SettingsTable<T>, input: SettingsInput): T {
  const result = tryReadSettings(table, input);
  if (result.problems.length > 0) throw new SettingsError(result.problems);
  return result.values;
}

/** Like {@link readSettings}, but returns the problems, so that several tables can report together. */
export function tryReadSettings<T>(
  table: SettingsTable<T>,
  input: SettingsInput,
): { values: T; problems: SettingProblem[] } {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const [key, setting] of rows(table)) {
    const { text } = sourceOf(setting, input);
    if (text === undefined) {
      if (setting.default !== undefined) values[key] = setting.default;
      else if (setting.required === true)
        problems.push({ setting: setting.name, value: undefined, expected: setting.parse.expected });
      continue;
    }
    try {
      values[key] = setting.parse(text);
    } catch (error) {
      const expected = error instanceof Error ? error.message : setting.parse.expected;
      problems.push({ setting: setting.name, value: redact(text, setting.secret === true), expected });
    }
  }
  return { values: values as T, problems };
}

/** The text of a setting and where it came from. */
export function sourceOf(
  setting: Setting<never> | Setting<unknown>,
  input: SettingsInput,
): { readonly source: SettingSource; readonly text: string | undefined } {
  const flag = setting.flag === undefined ? undefined : input.flags?.[setting.flag];
  const candidates = [
    { source: "flag", text: flag },
    { source: "environment", text: input.environment[setting.name] },
  ] as const;
  for (const candidate of candidates) {
    if (candidate.text === undefined) continue;
    if (setting.blank === "unset" && candidate.text.trim() === "") continue;
    return candidate;
  }
  return { source: "default", text: undefined };
}

/** One warning per environment variable that starts with `prefix` and is in none of the tables. */
export function unknownSettings(
  tables: readonly SettingsTable<never>[] | readonly object[],
  environment: Readonly<Record<string, string | undefined>>,
  prefix = "FAKECLOUD_",
): string[] {
  const known = tables.flatMap((table) =>
    rows(table as SettingsTable<Record<string, unknown>>).map(([, setting]) => setting.name),
  );
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .sort()
    .map((name) => {
      const near = nearestName(name, known);
      return `${name} is not a setting and has no effect${near === undefined ? "" : `; did you mean ${near}?`}`;
    });
}

/** The rows of a table, as pairs of member name and setting. */
export function rows<T>(table: SettingsTable<T>): [string, Setting<unknown>][] {
  return Object.entries(table) as [string, Setting<unknown>][];
}
