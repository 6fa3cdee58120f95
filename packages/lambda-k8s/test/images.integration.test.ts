import type { FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { embeddedBed } from "./embedded-bed.ts";
import { functionSpec, nodeCode } from "./function-samples.ts";
import { imageSpec, noCode } from "./image-cases.ts";

describe("container images on the embedded cluster, which has no images but its own", () => {
  let bed: Awaited<ReturnType<typeof embeddedBed>>;
  let backend: LambdaBackend;

  beforeAll(async () => {
    bed = await embeddedBed();
    backend = createLambdaK8sBackend(bed.options);
  });

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    await expect.poll(() => bed.client.listPods("fakecloud-service=lambda"), { timeout: 20_000 }).toEqual([]);
    expect(await bed.client.listSecrets("fakecloud-service=lambda")).toEqual([]);
  });

  const launch = (spec: FunctionSpec): Promise<unknown> =>
    backend.launch({ spec, code: noCode, initTimeoutMs: 10_000 }, { signal: new AbortController().signal });

  test("any other image is refused by its reason, when it is pulled and when it is launched", async () => {
    const spec = imageSpec("example.com/team/app:1");
    const reason = { code: "FC_LAMBDA_LAUNCH_FAILED", details: { reason: "ErrImagePull" } };
    await expect(backend.pullImage?.(spec)).rejects.toMatchObject(reason);
    await expect(launch(spec)).rejects.toMatchObject(reason);
  });

  test("a pull that is slower than the launch may be is waited for and told of, and one that fails is told at once", async () => {
    const settings = { launchTimeoutSeconds: 3, poolSize: 0 };
    await using client = await bed.connect();
    await using patient = createLambdaK8sBackend({ ...bed.options, client, settings });
    using _pull = bed.faults.slowPull(7_000);
    const { signal } = new AbortController();
    const limits = { code: nodeCode, initTimeoutMs: 1_000 };
    let progress = 0;
    const onProgress = (): void => {
      progress += 1;
    };
    const runs = patient.launch({ ...limits, spec: functionSpec() }, { signal, onProgress });
    const image = imageSpec("public.ecr.aws/lambda/nodejs:22");
    const missing = imageSpec("example.com/team/app:1");
    await Promise.all([
      runs.then((environment) => environment.terminate()),
      expect(patient.pullImage?.(image)).resolves.toMatch(/^sha256:/),
      expect(patient.launch({ ...limits, spec: missing }, { signal })).rejects.toMatchObject({
        code: "FC_LAMBDA_LAUNCH_FAILED",
        details: { reason: "ErrImagePull" },
      }),
    ]);
    expect(progress).toBeGreaterThan(1);
  });

  test("functions that come at once have their image looked at once", async () => {
    const pulls = new Set<string>();
    const stop = bed.client.onPodChange((_, { metadata }) => {
      if (metadata?.name?.startsWith("fakecloud-lambda-pull") === true) pulls.add(metadata.name);
    });
    const image = { uri: "public.ecr.aws/lambda/python:3.13", command: ["app.handler"] };
    const launches = await Promise.allSettled([1, 2, 3].map(() => launch(imageSpec("", { image }))));
    stop();
    expect(launches).toMatchObject(launches.map(() => ({ reason: { code: "FC_LAMBDA_INIT_FAILED" } })));
    expect(pulls.size).toBe(1);
  });

  test("a base image starts with the function's command, and finds no code in it", async () => {
    const image = { uri: "public.ecr.aws/lambda/nodejs:22", command: ["app.handler"] };
    await expect(launch(imageSpec("", { image }))).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { errorType: "Runtime.ImportModuleError", payload: expect.stringContaining("app") },
    });
  });
});
