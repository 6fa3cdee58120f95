import { mountedNamespace, serviceAccountDirectory } from "./service-account.ts";

/** The namespace of the Pod that this process runs in, where that is also whose cluster it uses. */
export function ownNamespace(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string = serviceAccountDirectory,
): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBECONFIG: kubeconfig = "" } = environment;
  return host === "" || kubeconfig !== "" ? undefined : mountedNamespace(directory);
}
