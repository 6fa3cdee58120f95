import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { ManualClock } from "@fc/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ContainerLog } from "./container-log.ts";
import { type LogQuery, readLog } from "./read-log.ts";

let directory: string;
let clock: ManualClock;
let log: ContainerLog;
let out: PassThrough;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-log-"));
  clock = new ManualClock(Date.UTC(2026, 0, 1));
  log = new ContainerLog({ directory, name: "c", clock, maxFileBytes: 1_000, maxFiles: 2 });
  out = new PassThrough();
  log.capture(out, "stdout");
});
afterEach(async () => {
  log.dispose();
  await rm(directory, { recursive: true });
});

async function read(query: Partial<LogQuery> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  const whole = { follow: false, timestamps: false, signal: new AbortController().signal, ...query };
  for await (const chunk of readLog(log, whole)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function write(text: string): Promise<void> {
  out.write(text);
  await new Promise((next) => setImmediate(next));
}

test("tail, limit, since and timestamps select as kubectl logs does", async () => {
  await write("one\ntw");
  await clock.advance(5_000);
  await write("o\nthree");
  out.end();
  await new Promise((next) => setImmediate(next));
  expect(await read()).toBe("one\ntwo\nthree");
  expect(await read({ tailLines: 2 })).toBe("two\nthree");
  expect(await read({ tailLines: 0 })).toBe("");
  expect(await read({ limitBytes: 5 })).toBe("one\nt");
  expect(await read({ sinceMs: clock.now() })).toBe("two\nthree");
  expect(await read({ timestamps: true, tailLines: 1 })).toMatch(/^2026-01-01T00:00:05\.\d{9}Z three$/);
});

test("a long line is kept in parts and read as one", async () => {
  const line = "x".repeat(40_000);
  await write(`a\n${line}\nb\n`);
  expect((await read({ tailLines: 2 })).length).toBe(40_000 + 3);
});

test("following gives what comes later and ends with the log", async () => {
  await write("before\n");
  const all = read({ follow: true });
  await write("after\n");
  out.end();
  expect(await all).toBe("before\nafter\n");
});

test("rotation bounds the files and keeps the newest lines", async () => {
  for (let index = 0; index < 100; index += 1) await write(`line ${index} ${"-".repeat(50)}\n`);
  expect((await readdir(directory)).length).toBe(2);
  expect(await read({ tailLines: 1 })).toContain("line 99");
});
