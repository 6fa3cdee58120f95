import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { backendCases } from "./backend-cases.ts";
import { embeddedBed } from "./embedded-bed.ts";
import { telemetryCases } from "./telemetry-cases.ts";
import type { TestBed } from "./test-bed.ts";

describe.each([
  ["auto", "never"],
  ["auto", "always"],
  ["plain", "always"],
] as const)("on the embedded cluster with isolation %s, Pods of the pool %s", (isolation, pool) => {
  let bed: TestBed;
  let backend: LambdaBackend;

  beforeAll(async () => {
    bed = await embeddedBed({ isolation });
    backend = createLambdaK8sBackend({ ...bed.options, settings: { poolSize: pool === "always" ? 1 : 0 } });
  });

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
  });

  backendCases(() => ({ backend, client: bed.client, pool, isolation }));
  telemetryCases(() => ({ backend, client: bed.client, pool, isolation }));
});
