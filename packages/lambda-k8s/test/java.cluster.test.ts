import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { clusterBed } from "./cluster-bed.ts";
import { javaCases } from "./java-cases.ts";
import { importJavaImage } from "./java-image.ts";
import { withoutJava } from "./java-program.ts";
import type { TestBed } from "./test-bed.ts";

describe.skipIf(withoutJava)("Java on a real cluster, in a namespace with Pod Security restricted", () => {
  let image: AsyncDisposable;
  let bed: TestBed;
  let backend: LambdaBackend;

  beforeAll(async () => {
    image = await importJavaImage("public.ecr.aws/lambda/java:17");
    bed = await clusterBed("java");
    backend = createLambdaK8sBackend({ ...bed.options, settings: { poolSize: 1 } });
  }, 120_000);

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
    await image[Symbol.asyncDispose]();
  });

  javaCases(() => ({ backend }), "java17");
});
