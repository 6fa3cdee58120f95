import { FcError, nearestName, type Setting, type SettingsTable } from "@fc/core";

export interface ParsedArguments {
  readonly flags: Readonly<Record<string, string>>;
  readonly help: boolean;
  readonly version: boolean;
}

/**
 * Reads a command line against the flags of the settings tables: `--flag value`, `--flag=value`, a bare `--flag` for true or
 * false. A lone `--` is tolerated, because package managers hand it through.
 * @throws FcError `FC_CLI_ARGUMENT_INVALID` naming every argument that is not understood.
 */
export function parseArguments(argv: readonly string[], tables: readonly object[]): ParsedArguments {
  const settings = tables.flatMap((table) => Object.values(table as SettingsTable<Record<string, unknown>>));
  const known = new Map(
    settings.flatMap((setting) => (setting.flag === undefined ? [] : [[setting.flag, setting] as const])),
  );
  const flags: Record<string, string> = {};
  const problems: string[] = [];
  let help = false;
  let version = false;
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    if (argument === "--") continue;
    if (argument === "--help" || argument === "-h") help = true;
    else if (argument === "--version" || argument === "-v") version = true;
    else if (!argument.startsWith("--")) problems.push(`"${argument}" is not an option of fc-server`);
    else {
      const [name = "", inline] = splitOnce(argument.slice(2));
      const setting = known.get(name);
      if (setting === undefined) problems.push(unknownFlag(name, [...known.keys()]));
      else if (inline !== undefined) flags[name] = inline;
      else if (isBoolean(setting)) flags[name] = "true";
      else if (argv[index + 1] === undefined) problems.push(`--${name} needs a value: ${setting.parse.expected}`);
      else {
        index += 1;
        flags[name] = argv[index] ?? "";
      }
    }
  }
  if (problems.length > 0) {
    throw new FcError("FC_CLI_ARGUMENT_INVALID", `${problems.join("\n")}\nSee fc-server --help.`, { fault: "user" });
  }
  return { flags, help, version };
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isBoolean(setting: Setting<unknown>): boolean {
  return typeof setting.default === "boolean";
}

function unknownFlag(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return `--${name} is not an option of fc-server${near === undefined ? "" : `; did you mean --${near}?`}`;
}
