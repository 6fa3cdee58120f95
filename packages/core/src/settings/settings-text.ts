import { rows, type Setting, type SettingsTable } from "./settings.ts";

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
