import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe } from "vitest";
import { type Ground, poolCases } from "./pool-cases.ts";
import { startRuntimeListener } from "./runtime-listener.ts";

describe("Pods that wait, on the embedded cluster", () => {
  let dataDirectory: string;
  let cluster: LocalCluster;
  let ground: Ground;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-pool-"));
    cluster = await startLocalCluster({ dataDirectory });
    ground = {
      client: await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath }),
      otherClient: await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath }),
      listener: await startRuntimeListener(cluster.hostAddress),
      host: cluster.hostAddress,
    };
  });

  afterAll(async () => {
    await ground.listener[Symbol.asyncDispose]();
    await ground.otherClient[Symbol.asyncDispose]();
    await ground.client[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  poolCases(() => ground);
});
