import { type ExplainedSetting, errorText, explainSettings, type SettingsTable, unknownSettings } from "@fc/core";
import { readAllSettings, settingsTables } from "../read-all-settings.ts";
import type { CliProcess } from "./cli-process.ts";

/**
 * `fc-server --config explain [--json] [settings]`: every setting with its value and where that comes from; secrets are redacted. Resolves with the
 * exit code: 0, or 2 when the server would not start with these.
 */
export function configCommand(
  cli: Pick<CliProcess, "environment" | "stdout" | "stderr">,
  { flags, json }: { readonly flags: Readonly<Record<string, string>>; readonly json: boolean },
): number {
  const input = { environment: cli.environment, flags };
  const groups = Object.entries(settingsTables).map(([title, table]) => ({
    title,
    settings: explainSettings(table as SettingsTable<Record<string, unknown>>, input),
  }));
  const warnings = unknownSettings(Object.values(settingsTables), cli.environment);
  const problem = problemOf(input);
  if (json) cli.stdout.write(`${JSON.stringify({ ok: problem === undefined, groups, warnings, problem }, null, 2)}\n`);
  else {
    const blocks = groups.map(({ title, settings }) => `${title}:\n${settings.map(lineOf).join("\n")}`);
    cli.stdout.write(`${blocks.join("\n\n")}\n`);
    for (const warning of warnings) cli.stderr.write(`warning: ${warning}\n`);
    if (problem !== undefined) cli.stderr.write(`fc-server: ${problem}\n`);
  }
  return problem === undefined ? 0 : 2;
}

function lineOf({ setting, flag, value, source }: ExplainedSetting): string {
  const from = source === "flag" ? `--${flag}` : source;
  return `  ${setting}${value === undefined ? " is not set" : `=${value}`}  (${from})`;
}

function problemOf(input: Parameters<typeof readAllSettings>[0]): string | undefined {
  try {
    readAllSettings(input);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
