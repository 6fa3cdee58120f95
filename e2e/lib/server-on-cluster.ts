import { execProgram } from "./programs.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** Runs kubectl against the cluster of KUBECONFIG. */
export function kubectl(...args: string[]): Promise<string> {
  return execProgram("kubectl", args, process.env as Record<string, string>);
}

/** A namespace whose Pods must pass Pod Security restricted. */
export async function createNamespace(name: string): Promise<void> {
  await kubectl("create", "namespace", name);
  await kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted");
}

/** Where Pods reach this machine: the address of the node that it shares a machine with. */
export async function machineAddress(): Promise<string> {
  const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  return await kubectl("get", "nodes", "-o", path);
}

/** Starts the built server on the cluster of KUBECONFIG. */
export async function startServerOnCluster(
  namespace: string,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<ServerProcess> {
  return await startServer({
    args: ["--backend", "k8s", "--addr", "0.0.0.0:0", ...args],
    environment: {
      KUBECONFIG: process.env["KUBECONFIG"] ?? "",
      FAKECLOUD_K8S_NAMESPACE: namespace,
      FAKECLOUD_K8S_SELF_URL: `http://${await machineAddress()}`,
      ...environment,
    },
  });
}
