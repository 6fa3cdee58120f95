import { posix } from "node:path";

/** Where a name of a file comes from: a file of the same package, or another package. */
export interface Origin {
  readonly name: string;
  /** A path like the file's own, or the name of a package or of a module of Node.js. */
  readonly from: string;
}

/** A declaration file taken apart, as the compiler lays it out: one statement after the other, none of them indented. */
export interface DeclarationFile {
  /** What is declared here, by name: overloads are several statements. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  readonly imported: ReadonlyMap<string, Origin>;
  /** What is exported, by the name that importers use. */
  readonly exported: ReadonlyMap<string, Origin>;
}

const declaration =
  /^(?:export )?(?:declare )?(?:abstract class|class|interface|type|function|const|let|enum|namespace) ([\w$]+)/;

/** @throws Error naming a statement that is not understood */
export function readDeclarationFile(path: string, text: string): DeclarationFile {
  const declared = new Map<string, string[]>();
  const imported = new Map<string, Origin>();
  const exported = new Map<string, Origin>();
  for (const statement of statementsOf(text)) {
    const name = declaration.exec(statement)?.[1];
    if (name !== undefined) {
      const bare = statement.replace(/^export /, "").replace(/^declare /, "");
      declared.set(name, [...(declared.get(name) ?? []), bare]);
      if (statement.startsWith("export ")) exported.set(name, { name, from: path });
      continue;
    }
    const list = /^(import|export)(?: type)? \{([\s\S]*?)\}(?: from "(.+)")?;$/.exec(statement);
    const whole = /^import(?: type)? (?:\* as )?([\w$]+) from "(.+)";$/.exec(statement);
    if (list !== null) {
      const [, word, names = "", module] = list;
      const from = module === undefined ? path : resolveModule(path, module);
      const into = word === "import" ? imported : exported;
      for (const { name: own, alias } of namesOf(names)) into.set(alias, { name: own, from });
    } else if (whole !== null) imported.set(whole[1] ?? "", { name: "*", from: resolveModule(path, whole[2] ?? "") });
    else if (!/^import "/.test(statement)) throw new Error(`${path}: not understood: ${statement.slice(0, 80)}`);
  }
  return { declared, imported, exported };
}

/** A statement begins where a line begins with a letter; what follows it, braces included, does not. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  for (const line of text.split("\n")) {
    if (/^[a-z]/.test(line)) statements.push(line);
    else if (line !== "" && statements.length > 0) statements.push(`${statements.pop()}\n${line}`);
  }
  return statements;
}

function namesOf(list: string): { readonly name: string; readonly alias: string }[] {
  return list
    .split(",")
    .map((entry) => entry.trim().replace(/^type /, ""))
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [name = "", alias = name] = entry.split(" as ");
      return { name, alias };
    });
}

function resolveModule(path: string, module: string): string {
  return module.startsWith(".") ? posix.join(posix.dirname(path), module) : module;
}
