import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { backendCases } from "./backend-cases.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";
import { telemetryCases } from "./telemetry-cases.ts";

describe.each([
  ["auto", "never"],
  ["auto", "always"],
  ["plain", "always"],
] as const)("on the embedded cluster with isolation %s, Pods of the pool %s", (isolation, pool) => {
  let dataDirectory: string;
  let cluster: LocalCluster;
  let client: K8sClient;
  let listener: RuntimeListener;
  let backend: LambdaBackend;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-k8s-"));
    cluster = await startLocalCluster({ dataDirectory, isolation });
    client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
    listener = await startRuntimeListener(cluster.hostAddress);
    backend = createLambdaK8sBackend({
      client,
      runtimeApi: listener.runtimeApi,
      runtimeApiAddress: { host: cluster.hostAddress, port: listener.port },
      awsEndpointUrl: "http://aws.test:4566",
      settings: { poolSize: pool === "always" ? 1 : 0 },
    });
  });

  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  backendCases(() => ({ backend, client, pool, isolation }));
  telemetryCases(() => ({ backend, client, pool, isolation }));
});
