import { K8sClient } from "@fc/k8s";
import { conformanceCases } from "@fc/lambda/conformance";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { conformanceTests } from "./conformance-tests.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

/** Where Pods of the development cluster reach this process. */
const nodeAddress = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";

// With a pool, as the server has one. Launches without it run the same cases on the embedded cluster, and here those of
// backend.cluster.test.ts: all of them twice would take this suite minutes more. In parts, as they wait more than they compute.
const parts = 3;
describe.concurrent.each(Array.from({ length: parts }, (_, part) => part))(
  "on a real cluster, in a namespace with Pod Security restricted, with a pool, part %i",
  (part) => {
    const namespace = `dev-lambda-conformance-${process.pid}-${part}`;
    let api: CoreV1Api;
    let client: K8sClient;
    let listener: RuntimeListener;

    beforeAll(async () => {
      const config = new KubeConfig();
      config.loadFromFile(process.env["KUBECONFIG"] ?? "");
      api = config.makeApiClient(CoreV1Api);
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      await api.createNamespace({ body: { metadata: { name: namespace, labels } } });
      client = await K8sClient.connect({ namespace, environment: process.env });
      listener = await startRuntimeListener("0.0.0.0");
    });

    afterAll(async () => {
      await listener[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await api.deleteNamespace({ name: namespace });
    });

    const open = (): ReturnType<typeof createLambdaK8sBackend> =>
      createLambdaK8sBackend({
        client,
        runtimeApi: listener.runtimeApi,
        runtimeApiAddress: { host: nodeAddress, port: listener.port },
        awsEndpointUrl: "http://aws.test:4566",
        settings: { poolSize: 1 },
      });
    const cases = conformanceCases.filter((_, index) => index % parts === part);
    conformanceTests(() => ({ client, open, pool: "always" }), { ownFiles: true }, {}, cases);
  },
);
