import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { conformanceTests } from "./conformance-tests.ts";
import { embeddedBed } from "./embedded-bed.ts";
import type { TestBed } from "./test-bed.ts";

describe.each([
  ["auto", "never"],
  ["auto", "always"],
  ["plain", "never"],
] as const)("on the embedded cluster with isolation %s, Pods of the pool %s", (isolation, pool) => {
  let bed: TestBed;

  beforeAll(async () => {
    bed = await embeddedBed({ isolation });
  });

  afterAll(() => bed[Symbol.asyncDispose]());

  const open = (): ReturnType<typeof createLambdaK8sBackend> =>
    createLambdaK8sBackend({ ...bed.options, settings: { poolSize: pool === "always" ? 1 : 0 } });
  conformanceTests(() => ({ client: bed.client, open, pool }), isolation === "plain" ? {} : { ownFiles: true }, {
    ownFiles: "without isolation a Pod shares the file system of this machine",
  });
});
