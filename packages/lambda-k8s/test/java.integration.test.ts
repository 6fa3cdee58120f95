import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { javaCases } from "./java-cases.ts";
import { withoutJava } from "./java-program.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

describe.skipIf(withoutJava).each(["auto", "plain"] as const)(
  "Java on the embedded cluster with isolation %s",
  (isolation) => {
    let dataDirectory: string;
    let cluster: LocalCluster;
    let client: K8sClient;
    let listener: RuntimeListener;
    let backend: LambdaBackend;

    beforeAll(async () => {
      dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-java-"));
      cluster = await startLocalCluster({ dataDirectory, isolation });
      client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
      listener = await startRuntimeListener(cluster.hostAddress);
      backend = createLambdaK8sBackend({
        client,
        runtimeApi: listener.runtimeApi,
        runtimeApiAddress: { host: cluster.hostAddress, port: listener.port },
        awsEndpointUrl: "http://aws.test:4566",
        settings: { poolSize: 0 },
      });
    });

    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    });

    javaCases(() => ({ backend }), "java17");
  },
);
