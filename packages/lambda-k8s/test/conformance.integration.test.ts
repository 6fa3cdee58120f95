import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { conformanceTests } from "./conformance-tests.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

describe.each([
  ["auto", "never"],
  ["auto", "always"],
  ["plain", "never"],
] as const)("on the embedded cluster with isolation %s, Pods of the pool %s", (isolation, pool) => {
  let dataDirectory: string;
  let cluster: LocalCluster;
  let client: K8sClient;
  let listener: RuntimeListener;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-k8s-"));
    cluster = await startLocalCluster({ dataDirectory, isolation });
    client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
    listener = await startRuntimeListener(cluster.hostAddress);
  });

  afterAll(async () => {
    await listener[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  const open = (): ReturnType<typeof createLambdaK8sBackend> =>
    createLambdaK8sBackend({
      client,
      runtimeApi: listener.runtimeApi,
      runtimeApiAddress: { host: cluster.hostAddress, port: listener.port },
      awsEndpointUrl: "http://aws.test:4566",
      settings: { poolSize: pool === "always" ? 1 : 0 },
    });
  conformanceTests(() => ({ client, open, pool }), isolation === "plain" ? {} : { ownFiles: true }, {
    ownFiles: "without isolation a Pod shares the file system of this machine",
  });
});
