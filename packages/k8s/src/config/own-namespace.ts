import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceAccountDirectory } from "./find-cluster.ts";

/** The namespace of the Pod that this process runs in, where that is also whose cluster it uses. */
export function ownNamespace(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string = serviceAccountDirectory,
): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBECONFIG: kubeconfig = "" } = environment;
  if (host === "" || kubeconfig !== "") return undefined;
  try {
    return readFileSync(join(directory, "namespace"), "utf8").trim() || undefined;
  } catch {
    // A Pod without a service account's token does not know it.
    return undefined;
  }
}
