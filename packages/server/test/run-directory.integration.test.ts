import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type LogFields, silentLogger } from "@fc/core";
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
  const made = await Promise.all(Array.from({ length: 8 }, () => createRunDirectory(silentLogger, parent)));
  expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual(made.map(({ path }) => path).sort());
  for (const each of made) await each[Symbol.asyncDispose]();
  expect(await readdir(parent)).toEqual([]);
});

test("a folder of a dead server that cannot be removed is told of, and keeps no server from starting", async () => {
  const parent = await mkdtemp(join(tmpdir(), "fc-run-"));
  const folders = [parent, join(parent, "run-dead"), join(parent, "run-dead/read-only")];
  const files = [join(parent, "run-dead/owner.json"), join(parent, "run-dead/read-only/kept")];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const file of files) await writeFile(file, JSON.stringify({ pid: 99_999_999 }));
  const root = process.geteuid?.() === 0;
  // Nothing is read-only to root.
  if (root) for (const path of [...folders.slice(1), ...files]) await chown(path, 65_534, 65_534);
  await chmod(parent, 0o777);
  await chmod(join(parent, "run-dead/read-only"), 0o500);
  if (root) process.seteuid?.(65_534);
  onTestFinished(async () => {
    if (root) process.seteuid?.(0);
    await chmod(join(parent, "run-dead/read-only"), 0o700);
    await rm(parent, { recursive: true });
  });
  const warnings: LogFields[] = [];
  const warn = (fields: LogFields): void => void warnings.push(fields);
  await using made = await createRunDirectory({ ...silentLogger, warn }, parent);
  expect((await readdir(parent)).sort()).toEqual([basename(made.path), "run-dead"].sort());
  expect(warnings).toEqual([{ directory: join(parent, "run-dead"), error: expect.stringContaining("EACCES") }]);
});
