import { K8sClient } from "@fc/k8s";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe } from "vitest";
import { type Ground, poolCases } from "./pool-cases.ts";
import { startRuntimeListener } from "./runtime-listener.ts";

/** Where Pods of the development cluster reach this process. */
const host = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";
const namespace = `dev-lambda-pool-${process.pid}`;

describe("Pods that wait, on a real cluster, in a namespace with Pod Security restricted", () => {
  let api: CoreV1Api;
  let ground: Ground;

  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromFile(process.env["KUBECONFIG"] ?? "");
    api = config.makeApiClient(CoreV1Api);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api.createNamespace({ body: { metadata: { name: namespace, labels } } });
    ground = {
      client: await K8sClient.connect({ namespace, environment: process.env }),
      otherClient: await K8sClient.connect({ namespace, environment: process.env }),
      listener: await startRuntimeListener("0.0.0.0"),
      host,
    };
  });

  afterAll(async () => {
    await ground.listener[Symbol.asyncDispose]();
    await ground.otherClient[Symbol.asyncDispose]();
    await ground.client[Symbol.asyncDispose]();
    await api.deleteNamespace({ name: namespace });
  });

  poolCases(() => ground);
});
