import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What an SDK client says in its declarations only. */
export interface Declarations {
  /** Operation → error shapes, from `@throws`. */
  readonly errors: ReadonlyMap<string, readonly string[]>;
  /** `Structure.Member` → the type as written, without `undefined` and array marks. */
  readonly memberTypes: ReadonlyMap<string, string>;
}

/** Reads `dist-types/commands` and `dist-types/models` of an installed client. */
export function readDeclarations(clientFolder: string): Declarations {
  const errors = new Map<string, string[]>();
  const commands = join(clientFolder, "dist-types", "commands");
  for (const file of readdirSync(commands).filter((name) => name.endsWith("Command.d.ts"))) {
    const text = readFileSync(join(commands, file), "utf8");
    const thrown = [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(
      (match) => match[1] ?? "",
    );
    errors.set(file.replace("Command.d.ts", ""), [...new Set(thrown)].sort());
  }
  const memberTypes = new Map<string, string>();
  const models = join(clientFolder, "dist-types", "models");
  for (const file of readdirSync(models).filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(join(models, file), "utf8");
    for (const [, structure = "", body = ""] of text.matchAll(
      /export (?:interface|declare class) (\w+)[^{]*\{([\s\S]*?)\n\}/g,
    )) {
      for (const [, member = "", type = ""] of body.matchAll(/^ {4}(?:readonly )?(\w+)\??: ([^;{]+);$/gm)) {
        memberTypes.set(`${structure}.${member}`, type.replaceAll(" | undefined", "").replaceAll("[]", "").trim());
      }
    }
  }
  return { errors, memberTypes };
}

/** The values of each enum object that a client exports. */
export function enumsOfClient(client: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(client)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    const values = Object.values(value);
    if (values.length > 0 && values.every((item) => typeof item === "string")) enums.set(name, values);
  }
  return enums;
}
