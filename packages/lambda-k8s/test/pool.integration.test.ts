import type { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe } from "vitest";
import { embeddedBed } from "./embedded-bed.ts";
import { poolCases } from "./pool-cases.ts";
import type { TestBed } from "./test-bed.ts";

describe("Pods that wait, on the embedded cluster", () => {
  let bed: TestBed;
  let otherClient: K8sClient;

  beforeAll(async () => {
    bed = await embeddedBed();
    otherClient = await bed.connect();
  });

  afterAll(async () => {
    await otherClient[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
  });

  poolCases(() => ({ ...bed, otherClient }));
});
