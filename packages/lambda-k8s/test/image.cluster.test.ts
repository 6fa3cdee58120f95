import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLambdaK8sBackend, type LambdaK8sBackendOptions } from "../src/index.ts";
import { clusterBed } from "./cluster-bed.ts";
import { importDerivedImage } from "./derived-image.ts";
import { importFunctionImage } from "./function-image.ts";
import { goProgram, goRuntime, withoutGo } from "./go-program.ts";
import { imageCases, imageSpec, noCode } from "./image-cases.ts";
import { imageExtensionCases, imageExtensions, observingExtensions } from "./image-extension-cases.ts";
import { invoke } from "./invoke.ts";
import { rieCases } from "./rie-cases.ts";
import { startSlowRegistry } from "./slow-registry.ts";
import type { TestBed } from "./test-bed.ts";

/** Found in the registry that stands in for ECR only. */
const repository = `own/function:${process.pid}`;
const extended = `own.test/extended:${process.pid}`;
const observed = `own.test/observed:${process.pid}`;
const withoutBash = `own.test/without-bash:${process.pid}`;

describe("images on a real cluster, in a namespace with Pod Security restricted", () => {
  const images: AsyncDisposable[] = [];
  let bed: TestBed;
  let backend: LambdaBackend;

  const options = (): LambdaK8sBackendOptions => ({ ...bed.options, ecr: { host: "ecr.test", port: 5000 } });

  beforeAll(async () => {
    const base = "public.ecr.aws/lambda/nodejs:22";
    images.push(
      await importFunctionImage(base, `ecr.test:5000/${repository}`),
      await importFunctionImage(base, extended, imageExtensions),
      await importFunctionImage(base, observed, observingExtensions),
      await importFunctionImage("docker.io/library/busybox:1.36", withoutBash, { agent: "#!/bin/sh\n" }),
    );
    bed = await clusterBed("image");
    backend = createLambdaK8sBackend(options());
  }, 120_000);

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
    for (const image of images) await image[Symbol.asyncDispose]();
  });

  describe.each(["image", "rie"] as const)("by the transport %s", (transport) => {
    const imageUri = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/${repository}`;
    imageCases(() => ({ backend, client: bed.client, imageUri }), transport);
  });

  test("a pull that is slower than the launch may be is waited for, and one that breaks off is told in seconds", async () => {
    await using registry = await startSlowRegistry(18_000);
    await using client = await bed.connect();
    await using patient = createLambdaK8sBackend({ ...options(), client, settings: { launchTimeoutSeconds: 12 } });
    const broken = patient.pullImage?.(imageSpec(registry.broken));
    const slow = patient.pullImage?.(imageSpec(registry.slow));
    const begun = performance.now();
    await expect(broken).rejects.toMatchObject({
      details: { reason: expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/) },
    });
    expect(performance.now() - begun).toBeLessThan(12_000);
    await expect(slow).resolves.toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(performance.now() - begun).toBeGreaterThan(12_000);
  });

  test.skipIf(withoutGo)("an image with nothing of AWS's in it runs by its own runtime client", async () => {
    const program = await goProgram(goRuntime);
    const uri = `own.test/go:${process.pid}`;
    const fill = (folder: string): Promise<void> => writeFile(join(folder, "runtime"), program, { mode: 0o755 });
    const base = "docker.io/library/busybox:1.36";
    images.push(await importDerivedImage({ base, name: uri, config: { Entrypoint: ["/runtime"], Cmd: null }, fill }));
    const request = { spec: imageSpec(uri), code: noCode, initTimeoutMs: 10_000 };
    const environment = await backend.launch(request, { signal: new AbortController().signal });
    for (const event of [{ a: 1 }, { b: 2 }])
      expect((await invoke(environment, event)).body).toMatchObject({ by: "go", event });
    await environment.terminate();
  });

  describe("extensions in an image", () => {
    imageExtensionCases(() => ({ backend, client: bed.client, extended, observed, withoutBash }));
  });

  describe("zips by the transport rie", () => {
    let own: K8sClient;
    let emulated: LambdaBackend;

    beforeAll(async () => {
      // A backend removes what its process owns and it did not make.
      own = await bed.connect();
      emulated = createLambdaK8sBackend({ ...options(), client: own, settings: { transport: "rie" } });
    });

    afterAll(async () => {
      await emulated[Symbol.asyncDispose]();
      await own[Symbol.asyncDispose]();
    });

    rieCases(() => ({ backend: emulated, client: own }));
  });
});
