import { randomBytes } from "node:crypto";
import { K8sClient } from "@fc/k8s";
import type { CasesCluster } from "./cases-bench.ts";

/** The node's address on the Pod network: where Pods reach a server on this machine. */
const hostAddress = process.env["FC_CLUSTER_HOST_ADDRESS"] ?? "10.244.0.1";

/** A namespace of its own, under Pod Security `restricted` unless another level is asked for. */
export async function namespaceOfItsOwn(level: "restricted" | "baseline" = "restricted"): Promise<CasesCluster> {
  const kubeconfig = process.env["KUBECONFIG"];
  if (kubeconfig === undefined) throw new Error("set KUBECONFIG to the cluster to test on");
  const namespace = `ec-cases-${process.pid}-${randomBytes(3).toString("hex")}`;
  const admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await admin.core.createNamespace({
    body: { metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": level } } },
  });
  return {
    kubeconfig,
    namespace,
    hostAddress,
    listenOn: "0.0.0.0",
    // The image with Node.js that a cluster for the tests of functions has.
    images: { proxy: "public.ecr.aws/lambda/nodejs:22" },
    [Symbol.asyncDispose]: async () => {
      await admin.core.deleteNamespace({ name: namespace });
      await admin[Symbol.asyncDispose]();
    },
  };
}
