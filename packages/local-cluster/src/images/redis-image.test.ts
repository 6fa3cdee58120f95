import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseImageReference } from "./image-handler.ts";
import { redisImageHandler } from "./redis-image.ts";

const valkey = parseImageReference("valkey/valkey:8");
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-redis-image-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function install(name: string): Promise<void> {
  await writeFile(join(folder, name), "#!/bin/sh\n");
  await chmod(join(folder, name), 0o755);
}

test("an engine that is not installed says what to install", async () => {
  const resolution = await redisImageHandler("redis", { searchPath: [folder] }).resolve(parseImageReference("redis:7"));
  expect(resolution).toEqual({
    available: false,
    reason: "redis-server is not on this machine: install it with `apt install redis-server` or `brew install redis`",
  });
});

test("redis never runs as valkey unasked, and never silently", async () => {
  await install("redis-server");
  const refused = await redisImageHandler("valkey", { searchPath: [folder] }).resolve(valkey);
  expect(refused).toMatchObject({ available: false, reason: expect.stringContaining("redis-server is there") });
  const allowed = await redisImageHandler("valkey", { searchPath: [folder], valkeyFallback: true }).resolve(valkey);
  expect(allowed).toMatchObject({ available: true, plan: { warnings: [{ reason: "ValkeyFallback" }] } });
});

test("a real valkey-server is preferred and needs no warning", async () => {
  await install("redis-server");
  await install("valkey-server");
  const resolution = await redisImageHandler("valkey", { searchPath: [folder], valkeyFallback: true }).resolve(valkey);
  expect(resolution).toMatchObject({ available: true, plan: { entrypoint: ["valkey-server"], warnings: [] } });
});
