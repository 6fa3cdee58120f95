import { afterAll, beforeAll, test } from "vitest";
import { describeRow, FaultStage, faultRows, runFaultRow } from "../src/fault-matrix/index.ts";

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open({ kubeconfig: process.env["KUBECONFIG"] ?? "" });
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

test.each(faultRows.map((row) => [describeRow(row), row] as const))("%s", async (_name, row) => {
  await runFaultRow(stage, row);
});
