import { readFile, writeFile } from "node:fs/promises";

/** Puts a bench's table between its marks in a Markdown file. */
export async function writeTable(path: string, bench: string, table: string): Promise<void> {
  const [begin, end] = [`<!-- bench ${bench}: begin -->`, `<!-- bench ${bench}: end -->`];
  const text = await readFile(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for the table: "${begin}" and "${end}"`);
  await writeFile(path, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
