import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import type { CasesCluster } from "./cases-bench.ts";

/** An embedded cluster of its own, which misbehaves on demand. */
export async function embedded(): Promise<CasesCluster & Pick<LocalCluster, "faults">> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "fc-embedded-"));
  const cluster = await startLocalCluster({ dataDirectory });
  return {
    kubeconfig: cluster.kubeconfigPath,
    namespace: "default",
    hostAddress: cluster.hostAddress,
    listenOn: "127.0.0.1",
    faults: cluster.faults,
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
