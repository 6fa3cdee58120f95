import { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend, type LambdaK8sBackendOptions } from "../src/index.ts";
import { importFunctionImage } from "./function-image.ts";
import { imageCases } from "./image-cases.ts";
import { imageExtensionCases, imageExtensions } from "./image-extension-cases.ts";
import { rieCases } from "./rie-cases.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

/** Where Pods of the development cluster reach this process. */
const nodeAddress = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";
const namespace = `dev-lambda-image-${process.pid}`;
/** Found in the registry that stands in for ECR only. */
const repository = `own/function:${process.pid}`;
const extended = `own.test/extended:${process.pid}`;
const withoutBash = `own.test/without-bash:${process.pid}`;

describe("images on a real cluster, in a namespace with Pod Security restricted", () => {
  const images: AsyncDisposable[] = [];
  let api: CoreV1Api;
  let client: K8sClient;
  let listener: RuntimeListener;
  let backend: LambdaBackend;

  const options = (): LambdaK8sBackendOptions => ({
    client,
    runtimeApi: listener.runtimeApi,
    runtimeApiAddress: { host: nodeAddress, port: listener.port },
    awsEndpointUrl: "http://aws.test:4566",
    ecr: { host: "ecr.test", port: 5000 },
  });

  beforeAll(async () => {
    const base = "public.ecr.aws/lambda/nodejs:22";
    images.push(
      await importFunctionImage(base, `ecr.test:5000/${repository}`),
      await importFunctionImage(base, extended, imageExtensions),
      await importFunctionImage("docker.io/library/busybox:1.36", withoutBash, { agent: "#!/bin/sh\n" }),
    );
    const config = new KubeConfig();
    config.loadFromFile(process.env["KUBECONFIG"] ?? "");
    api = config.makeApiClient(CoreV1Api);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api.createNamespace({ body: { metadata: { name: namespace, labels } } });
    client = await K8sClient.connect({ namespace, environment: process.env });
    listener = await startRuntimeListener("0.0.0.0");
    backend = createLambdaK8sBackend(options());
  }, 120_000);

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await api.deleteNamespace({ name: namespace });
    for (const image of images) await image[Symbol.asyncDispose]();
  });

  describe.each(["image", "rie"] as const)("by the transport %s", (transport) => {
    const imageUri = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/${repository}`;
    imageCases(() => ({ backend, client, imageUri }), transport);
  });

  describe("extensions in an image", () => {
    imageExtensionCases(() => ({ backend, client, extended, withoutBash }));
  });

  describe("zips by the transport rie", () => {
    let own: K8sClient;
    let emulated: LambdaBackend;

    beforeAll(async () => {
      // A backend removes what its process owns and it did not make.
      own = await K8sClient.connect({ namespace, environment: process.env });
      emulated = createLambdaK8sBackend({ ...options(), client: own, settings: { transport: "rie" } });
    });

    afterAll(async () => {
      await emulated[Symbol.asyncDispose]();
      await own[Symbol.asyncDispose]();
    });

    rieCases(() => ({ backend: emulated, client: own }));
  });
});
