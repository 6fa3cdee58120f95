import { readFile, writeFile } from "node:fs/promises";

const begin = "<!-- bench lambda: begin -->";
const end = "<!-- bench lambda: end -->";

/** Puts the table between the marks of a Markdown file. */
export async function writeTable(path: string, table: string): Promise<void> {
  const text = await readFile(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for the table: "${begin}" and "${end}"`);
  await writeFile(path, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
