import { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { javaCases } from "./java-cases.ts";
import { importJavaImage } from "./java-image.ts";
import { withoutJava } from "./java-program.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

/** Where Pods of the development cluster reach this process. */
const nodeAddress = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";
const namespace = `dev-lambda-java-${process.pid}`;

describe.skipIf(withoutJava)("Java on a real cluster, in a namespace with Pod Security restricted", () => {
  let image: AsyncDisposable;
  let api: CoreV1Api;
  let client: K8sClient;
  let listener: RuntimeListener;
  let backend: LambdaBackend;

  beforeAll(async () => {
    image = await importJavaImage("public.ecr.aws/lambda/java:17");
    const config = new KubeConfig();
    config.loadFromFile(process.env["KUBECONFIG"] ?? "");
    api = config.makeApiClient(CoreV1Api);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api.createNamespace({ body: { metadata: { name: namespace, labels } } });
    client = await K8sClient.connect({ namespace, environment: process.env });
    listener = await startRuntimeListener("0.0.0.0");
    backend = createLambdaK8sBackend({
      client,
      runtimeApi: listener.runtimeApi,
      runtimeApiAddress: { host: nodeAddress, port: listener.port },
      awsEndpointUrl: "http://aws.test:4566",
      settings: { poolSize: 1 },
    });
  }, 120_000);

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await api.deleteNamespace({ name: namespace });
    await image[Symbol.asyncDispose]();
  });

  javaCases(() => ({ backend }), "java17");
});
