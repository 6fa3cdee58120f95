import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { embeddedBed } from "./embedded-bed.ts";
import { javaCases } from "./java-cases.ts";
import { withoutJava } from "./java-program.ts";
import type { TestBed } from "./test-bed.ts";

describe.skipIf(withoutJava).each(["auto", "plain"] as const)(
  "Java on the embedded cluster with isolation %s",
  (isolation) => {
    let bed: TestBed;
    let backend: LambdaBackend;

    beforeAll(async () => {
      bed = await embeddedBed({ isolation });
      backend = createLambdaK8sBackend({ ...bed.options, settings: { poolSize: 0 } });
    });

    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      await bed[Symbol.asyncDispose]();
    });

    javaCases(() => ({ backend }), "java17");
  },
);
