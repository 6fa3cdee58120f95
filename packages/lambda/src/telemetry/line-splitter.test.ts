import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

test("lines come whole, whatever the pieces are", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  const bytes = Buffer.from("one\nzwölf €\n\nlast");
  for (const byte of bytes) splitter.push(Uint8Array.of(byte));
  expect(lines).toEqual(["one", "zwölf €", ""]);
  splitter.end();
  splitter.end();
  expect(lines.slice(3)).toEqual(["last"]);
});

test("what never ends is cut", () => {
  const lengths: number[] = [];
  const splitter = new LineSplitter((line) => lengths.push(line.length));
  splitter.push(Buffer.alloc(600_000, "x"));
  expect(lengths).toEqual([262_144, 262_144]);
});
