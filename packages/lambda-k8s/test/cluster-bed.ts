import { networkInterfaces } from "node:os";
import { K8sClient } from "@fc/k8s";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { makeTestBed, type TestBed } from "./test-bed.ts";

/** Where Pods of the development cluster reach this process. */
const host = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";
/** Its node is this machine, whose other addresses its Pods reach as well. */
const otherHost =
  process.env["FC_CLUSTER_NODE_ADDRESS"] === undefined
    ? Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .find(({ family, internal, address }) => family === "IPv4" && !internal && address !== host)?.address
    : undefined;

/**
 * A namespace of its own on the development cluster, with Pod Security restricted.
 * @param name a part of its name
 * @param environment for its clients, over that of the process
 */
export async function clusterBed(name: string, environment: Readonly<Record<string, string>> = {}): Promise<TestBed> {
  const namespace = `dev-lambda-${name}-${process.pid}`;
  const config = new KubeConfig();
  config.loadFromFile(process.env["KUBECONFIG"] ?? "");
  const api = config.makeApiClient(CoreV1Api);
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await api.createNamespace({ body: { metadata: { name: namespace, labels } } });
  return await makeTestBed({
    connect: () => K8sClient.connect({ namespace, environment: { ...process.env, ...environment } }),
    listensOn: "0.0.0.0",
    host,
    otherHost,
    close: async () => void (await api.deleteNamespace({ name: namespace })),
  });
}
