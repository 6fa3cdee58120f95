import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe } from "vitest";
import { instancesCases } from "./instances-cases.ts";

describe("on the embedded cluster", () => {
  let dataDirectory: string;
  let cluster: LocalCluster;
  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), "fc-instances-"));
    cluster = await startLocalCluster({ dataDirectory });
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  instancesCases(() => ({ kubeconfig: cluster.kubeconfigPath, namespace: "default" }));
});
