import { expect, test } from "vitest";
import { ResponsePipe } from "./response-pipe.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a chunk counts as taken when the next one is asked for", async () => {
  const pipe = new ResponsePipe({ limitBytes: 100 });
  const taken: string[] = [];
  const write = (text: string): Promise<number> => pipe.write(Buffer.from(text)).then(() => taken.push(text));
  const reader = pipe.chunks();
  const first = reader.next();
  const writing = write("a");
  expect(Buffer.from((await first).value as Uint8Array).toString()).toBe("a");
  await turn();
  expect(taken).toEqual([]);
  const second = reader.next();
  await writing;
  expect(taken).toEqual(["a"]);
  void write("b");
  expect(Buffer.from((await second).value as Uint8Array).toString()).toBe("b");
  pipe.end();
  expect((await reader.next()).done).toBe(true);
  expect(taken).toEqual(["a", "b"]);
});

test("a reader that goes away holds nobody up", async () => {
  const pipe = new ResponsePipe({ limitBytes: 100 });
  const reader = pipe.chunks();
  const first = reader.next();
  const writing = pipe.write(Buffer.from("a"));
  await first;
  await reader.return();
  await writing;
  await pipe.write(Buffer.from("b"));
});

test("nor does one whose signal aborts, meanwhile or before anything was written", async () => {
  const gone = new AbortController();
  const pipe = new ResponsePipe({ limitBytes: 100, signal: gone.signal });
  const writing = pipe.write(Buffer.from("a"));
  gone.abort();
  await writing;
  const late = new ResponsePipe({ limitBytes: 100, signal: gone.signal });
  await late.write(Buffer.from("b"));
});

test("what was offered before the end is still read", async () => {
  const pipe = new ResponsePipe({ limitBytes: 100 });
  void pipe.write(Buffer.from("a"));
  pipe.end();
  const read: string[] = [];
  for await (const chunk of pipe.chunks()) read.push(Buffer.from(chunk).toString());
  expect(read).toEqual(["a"]);
});
