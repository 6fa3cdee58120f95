/** What `fc-server` is asked to do instead of serving. */
export type CommandName = "doctor" | "config" | "healthcheck" | "conformance";

const switches: Readonly<Record<CommandName, readonly string[]>> = {
  doctor: ["json"],
  config: ["json"],
  healthcheck: ["ready"],
  conformance: ["json"],
};

/** The command and what stands after it. `--config explain`, anywhere, is the same as `config explain`. Without a name, or with `start`: serve. */
export function commandOf(argv: readonly string[]): { readonly name?: CommandName; readonly argv: readonly string[] } {
  const words = argv.filter((word) => word !== "--");
  const at = words.findIndex(
    (word, index) => word === "--config=explain" || (word === "--config" && words[index + 1] === "explain"),
  );
  if (at >= 0) return { name: "config", argv: words.toSpliced(at, words[at] === "--config" ? 2 : 1) };
  const [first = "", second] = words;
  if (first === "config" && second === "explain") return { name: "config", argv: words.slice(2) };
  if (first === "doctor" || first === "healthcheck" || first === "conformance")
    return { name: first, argv: words.slice(1) };
  if (first === "help") return { argv: ["--help"] };
  return { argv: first === "start" ? words.slice(1) : argv };
}

/** Options without a value that a command has beside the settings. */
export function switchesOf(name: CommandName | undefined): readonly string[] {
  return name === undefined ? [] : switches[name];
}
