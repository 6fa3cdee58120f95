import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient } from "@fc/k8s";
import { type LocalCluster, type LocalClusterOptions, startLocalCluster } from "@fc/local-cluster";
import { makeTestBed, type TestBed } from "./test-bed.ts";

/** An embedded cluster of its own, which misbehaves on demand. */
export async function embeddedBed(
  options: Pick<LocalClusterOptions, "isolation"> = {},
): Promise<TestBed & Pick<LocalCluster, "faults" | "kubeconfigPath">> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "fc-lambda-k8s-"));
  const cluster = await startLocalCluster({ dataDirectory, ...options });
  const bed = await makeTestBed({
    connect: () => K8sClient.connect({ kubeconfig: cluster.kubeconfigPath }),
    listensOn: "0.0.0.0",
    host: cluster.hostAddress,
    // All of 127.0.0.0/8 is this machine, but elsewhere.
    otherHost: process.platform === "linux" ? "127.0.0.2" : undefined,
    close: async () => {
      await cluster[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  });
  return { ...bed, faults: cluster.faults, kubeconfigPath: cluster.kubeconfigPath };
}
