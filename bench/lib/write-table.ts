import { readFile, writeFile } from "node:fs/promises";
import { tableHead } from "./figures.ts";

interface Place {
  readonly before: string;
  readonly rows: readonly string[];
  readonly after: string;
}

/** Where a bench's table stands in a Markdown file. Ask before the run: what takes minutes is not to end with a path that was mistyped. */
export async function findTable(path: string, bench: string): Promise<Place> {
  const [begin, end] = [`<!-- bench ${bench}: begin -->`, `<!-- bench ${bench}: end -->`];
  const text = await readFile(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for the table: "${begin}" and "${end}"`);
  const rows = text
    .slice(from + begin.length, to)
    .trim()
    .split("\n")
    .slice(tableHead.split("\n").length);
  return { before: text.slice(0, from + begin.length), rows, after: text.slice(to) };
}

/** Puts these rows in place of those of the same figures; what a run of some sections did not measure stays. */
export async function writeTable(path: string, bench: string, rows: readonly string[]): Promise<void> {
  const place = await findTable(path, bench);
  const measured = new Map(rows.map((row) => [figureOf(row), row]));
  const kept = place.rows.map((row) => measured.get(figureOf(row)) ?? row);
  const figures = new Set(place.rows.map(figureOf));
  const added = rows.filter((row) => !figures.has(figureOf(row)));
  await writeFile(path, `${place.before}\n${[tableHead, ...kept, ...added].join("\n")}\n${place.after}`);
}

function figureOf(row: string): string | undefined {
  return row.split("|")[1]?.trim();
}
