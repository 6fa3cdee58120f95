import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type Measured, startMeasured, stop } from "./server-process.ts";

const serverProgram = new URL("../../packages/server/bin/fc-server.js", import.meta.url);

/** A server on a cluster. Disposing it ends the server and removes its namespace. */
export interface OnCluster extends Measured, AsyncDisposable {
  readonly namespace: string;
  readonly kubectl: (...args: string[]) => string;
}

/**
 * Starts the server for a cluster, in a namespace of its own under Pod Security restricted.
 * @param host the address at which Pods reach this machine; default: that of the first node
 */
export async function startOnCluster(
  kubeconfig: string,
  host: string | undefined,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<OnCluster> {
  const namespace = `fc-bench-${randomBytes(4).toString("hex")}`;
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const kubectl = (...words: string[]): string => execFileSync("kubectl", words, { env, encoding: "utf8" });
  const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const self = host ?? kubectl("get", "nodes", "-o", path);
  kubectl("create", "namespace", namespace);
  kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
  const measured = await startMeasured(
    serverProgram,
    ["--addr", "0.0.0.0:0", "--log-level", "error", ...args],
    "/_fakecloud/health",
    {
      KUBECONFIG: kubeconfig,
      FAKECLOUD_K8S_NAMESPACE: namespace,
      FAKECLOUD_K8S_SELF_URL: `http://${self}`,
      ...settings,
    },
  );
  return {
    ...measured,
    namespace,
    kubectl,
    [Symbol.asyncDispose]: async () => {
      await stop(measured.child);
      kubectl("delete", "namespace", namespace, "--wait=false");
    },
  };
}
