import { redact } from "../redact.ts";
import {
  rows,
  type Setting,
  type SettingSource,
  type SettingsInput,
  type SettingsTable,
  sourceOf,
} from "./settings.ts";

/** What holds for one setting, and why. */
export interface ExplainedSetting {
  readonly setting: string;
  readonly flag?: string;
  /** As it would be written; undefined when it has none. Redacted when it is secret. */
  readonly value: string | undefined;
  readonly source: SettingSource;
}

/** What holds for every setting of a table, and where that comes from. Nothing is checked. */
export function explainSettings<T>(table: SettingsTable<T>, input: SettingsInput): ExplainedSetting[] {
  return rows(table).map(([, setting]) => {
    const { source, text } = sourceOf(setting, input);
    const byDefault = setting.default === undefined ? undefined : plainDefault(setting);
    return {
      setting: setting.name,
      ...(setting.flag === undefined ? {} : { flag: setting.flag }),
      value: text === undefined ? byDefault : redact(text, setting.secret === true),
      source,
    };
  });
}

/** A Markdown table of the settings, for a README or a page of documentation. */
export function settingsMarkdown<T>(table: SettingsTable<T>): string {
  const lines = rows(table).map(
    ([, setting]) =>
      `| \`${setting.name}\`${setting.flag === undefined ? "" : `<br>\`--${setting.flag}\``} | ${defaultText(setting)} | ${escapePipes(setting.doc)} Expects ${escapePipes(setting.parse.expected)}. |`,
  );
  return ["| setting | default | meaning |", "| --- | --- | --- |", ...lines].join("\n");
}

/** The settings as lines for `--help`. */
export function settingsHelp<T>(table: SettingsTable<T>): string {
  return rows(table)
    .map(([, setting]) => {
      const flag = setting.flag === undefined ? "" : `--${setting.flag}, `;
      return `  ${flag}${setting.name}  (${setting.parse.expected}; default: ${plainDefault(setting)})\n      ${setting.doc}`;
    })
    .join("\n");
}

function defaultText(setting: Setting<unknown>): string {
  const plain = plainDefault(setting);
  return plain === "none" || plain === "required" ? plain : `\`${escapePipes(plain)}\``;
}

function plainDefault(setting: Setting<unknown>): string {
  const value = setting.default;
  if (value === undefined) return setting.required === true ? "required" : "none";
  if (typeof value !== "object" || value === null) return String(value);
  if ("host" in value && "port" in value) return `${value.host}:${value.port}`;
  return JSON.stringify(value);
}

function escapePipes(text: string): string {
  return text.replaceAll("|", "\\|");
}
