import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { backendCases } from "./backend-cases.ts";
import { clusterBed } from "./cluster-bed.ts";
import { telemetryCases } from "./telemetry-cases.ts";
import type { TestBed } from "./test-bed.ts";

describe.each(["never", "always"] as const)(
  "on a real cluster, in a namespace with Pod Security restricted, Pods of the pool %s",
  (pool) => {
    let bed: TestBed;
    let backend: LambdaBackend;

    beforeAll(async () => {
      bed = await clusterBed(`k8s-${pool}`);
      backend = createLambdaK8sBackend({ ...bed.options, settings: { poolSize: pool === "always" ? 1 : 0 } });
    });

    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      await bed[Symbol.asyncDispose]();
    });

    backendCases(() => ({ backend, client: bed.client, pool }));
    telemetryCases(() => ({ backend, client: bed.client, pool }));
  },
);
