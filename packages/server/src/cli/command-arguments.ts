import { FcError } from "@fc/core";

/** The command line of a command, taken apart. */
export interface CommandArguments {
  /** What stands after the command and is not its own: the settings of the server. */
  readonly rest: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

/**
 * Takes a command's own `--option value` (or `--option=value`) and `--switch` out of a command line.
 * @throws FcError `FC_CLI_ARGUMENT_INVALID` when an option has no value
 */
export function takeOptions(
  argv: readonly string[],
  known: { readonly options?: readonly string[]; readonly switches?: readonly string[] },
): CommandArguments {
  const rest: string[] = [];
  const options: Record<string, string> = {};
  const switches = new Set<string>();
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, name = "", inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (known.switches?.includes(name) === true && inline === undefined) switches.add(name);
    else if (known.options?.includes(name) === true) {
      const value = inline ?? words.shift();
      if (value === undefined || value === "")
        throw new FcError("FC_CLI_ARGUMENT_INVALID", `--${name} needs a value. See fc-server --help.`, {
          fault: "user",
        });
      options[name] = value;
    } else rest.push(word);
  }
  return { rest, options, switches };
}
