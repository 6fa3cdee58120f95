import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRunDirectory } from "../src/composition/run-directory.ts";

test("servers that start at the same moment remove the folders of dead ones together", async () => {
  const parent = await mkdtemp(join(tmpdir(), "fc-run-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  // No process has this id: Linux's highest is 4 194 304.
  const owner = JSON.stringify({ pid: 99_999_999 });
  for (let index = 0; index < 50; index += 1) {
    const dead = join(parent, `run-${index}`);
    await mkdir(dead);
    await writeFile(join(dead, "owner.json"), owner);
  }
  const made = await Promise.all(Array.from({ length: 8 }, () => createRunDirectory(parent)));
  expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual(made.map(({ path }) => path).sort());
  for (const each of made) await each[Symbol.asyncDispose]();
  expect(await readdir(parent)).toEqual([]);
});
