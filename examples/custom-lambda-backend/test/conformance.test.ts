import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConformanceTarget, conformanceCases, runCase } from "@fc/lambda/conformance";
import { afterAll, test } from "vitest";
import { conformance, createLambdaBackend } from "../src/process-backend.ts";

const folder = await mkdtemp(join(tmpdir(), "fc-process-backend-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

// #region target
const target: ConformanceTarget = {
  open: () =>
    createLambdaBackend({
      awsEndpointUrl: "http://127.0.0.1:4566",
      environment: { PATH: process.env["PATH"], PROCESS_BACKEND_FOLDER: folder },
    }),
  abilities: { ...conformance.abilities, leftovers: () => readdir(folder) },
  absent: conformance.absent,
};

for (const entry of conformanceCases) {
  test(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 10_000 }, async ({ skip }) => {
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}
// #endregion
