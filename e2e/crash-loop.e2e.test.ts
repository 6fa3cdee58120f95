import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { crashLoop } from "./crash-loop/crash-loop.ts";
import { Tracked } from "./crash-loop/tracked.ts";

test("no change that was acknowledged is lost by kill -9, and none is half applied", async () => {
  const dataPath = await mkdtemp(join(tmpdir(), "fc-crash-"));
  onTestFinished(() => rm(dataPath, { recursive: true }));
  expect(await crashLoop({ dataPath, kills: 6, seed: 1 })).toBeGreaterThan(20);
});

test("what is there must be what was acknowledged, or all of what was asked for when the server went", async () => {
  const gone = (): Promise<never> => Promise.reject(new Error("gone"));
  const tracked = new Tracked<{ a: number; b: number }>("it");
  await tracked.change({ a: 1, b: 1 }, () => Promise.resolve());
  expect(() => tracked.settle(undefined)).toThrow('it is absent, neither of {"a":1,"b":1}');
  await expect(tracked.change({ a: 2, b: 2 }, gone)).rejects.toThrow("gone");
  expect(() => tracked.settle({ a: 2, b: 1 })).toThrow('neither of {"a":1,"b":1} nor {"a":2,"b":2}');
  tracked.settle({ a: 2, b: 2 });
  expect(() => tracked.settle({ a: 1, b: 1 })).toThrow();
});
