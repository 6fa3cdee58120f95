import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import type { FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { imageSpec } from "./image-cases.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

describe("container images on the embedded cluster, which has no images but its own", () => {
  let dataDirectory: string;
  let cluster: LocalCluster;
  let client: K8sClient;
  let listener: RuntimeListener;
  let backend: LambdaBackend;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-images-"));
    cluster = await startLocalCluster({ dataDirectory });
    client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
    listener = await startRuntimeListener(cluster.hostAddress);
    backend = createLambdaK8sBackend({
      client,
      runtimeApi: listener.runtimeApi,
      runtimeApiAddress: { host: cluster.hostAddress, port: listener.port },
      awsEndpointUrl: "http://aws.test:4566",
    });
  });

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  afterEach(async () => {
    await expect.poll(() => client.listPods("fakecloud-service=lambda"), { timeout: 20_000 }).toEqual([]);
    expect(await client.listSecrets("fakecloud-service=lambda")).toEqual([]);
  });

  const launch = (spec: FunctionSpec): Promise<unknown> => {
    const code = { files: [], sizeBytes: 0, content: async function* () {} };
    return backend.launch({ spec, code, initTimeoutMs: 10_000 }, { signal: new AbortController().signal });
  };

  test("any other image is refused by its reason, when it is pulled and when it is launched", async () => {
    const spec = imageSpec("example.com/team/app:1");
    const reason = { code: "FC_LAMBDA_LAUNCH_FAILED", details: { reason: "ErrImagePull" } };
    await expect(backend.pullImage?.(spec)).rejects.toMatchObject(reason);
    await expect(launch(spec)).rejects.toMatchObject(reason);
  });

  test("a base image starts with the function's command, and finds no code in it", async () => {
    const image = { uri: "public.ecr.aws/lambda/nodejs:22", command: ["app.handler"] };
    await expect(launch(imageSpec("", { image }))).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { errorType: "Runtime.ImportModuleError", payload: expect.stringContaining("app") },
    });
  });
});
