import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFileBlobStore } from "@fc/core";
import { type ConformanceTarget, conformanceCases, runCase } from "@fc/elasticache/conformance";
import { afterAll, test } from "vitest";
import { conformance, createCacheBackend } from "../src/process-cache-backend.ts";

const folder = await mkdtemp(join(tmpdir(), "fc-process-caches-"));
const blobs = createFileBlobStore(await mkdtemp(join(folder, "blobs-")));
const nodes = await mkdtemp(join(folder, "nodes-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const target: ConformanceTarget = {
  open: () => createCacheBackend({ blobs, environment: { CACHE_BACKEND_FOLDER: nodes } }),
  abilities: {
    leftovers: async () => (await Promise.all((await readdir(nodes)).map((name) => readdir(join(nodes, name))))).flat(),
  },
  absent: conformance.absent,
};

// Machines have redis or valkey, and seldom both.
const withoutValkey = await promisify(execFile)("valkey-server", ["--version"]).then(
  () => false,
  () => true,
);

for (const entry of conformanceCases) {
  test(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 10_000 }, async ({ skip }) => {
    if (withoutValkey && entry.name.startsWith("valkey")) skip("valkey-server does not run on this machine");
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}
