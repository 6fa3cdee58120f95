import { expect, test } from "vitest";
import { jsonLines } from "./json-lines.ts";

async function* stream(...chunks: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

async function collect(source: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const entry of source) all.push(entry);
  return all;
}

test("lines are put together across chunks, inside characters too", async () => {
  const bytes = Buffer.from('{"a":"ä\u2028"}\n{"b":2}\n');
  const chunks = [...bytes].map((byte) => Buffer.of(byte));
  expect(await collect(jsonLines(stream(...chunks)))).toEqual([{ a: "ä\u2028" }, { b: 2 }]);
});

test("a line that is cut off by the end is dropped", async () => {
  expect(await collect(jsonLines(stream('{"a":1}\n\n{"b":')))).toEqual([{ a: 1 }]);
});

test("a whole line that is not JSON is an error", async () => {
  await expect(collect(jsonLines(stream("nonsense\n")))).rejects.toThrow(SyntaxError);
});
