import { access, readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { errorText } from "@fc/core";
import type { KubeConfig } from "@kubernetes/client-node";
import { KubernetesError } from "../errors/kubernetes-error.ts";

/** Where the service account of a Pod is mounted. */
export const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface KubeconfigSources {
  /** Path of a kubeconfig. When given, nothing else is looked at. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context of it. Default: its current one. */
  readonly context?: string | undefined;
  /** `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT` and `KUBECONFIG` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDirectory?: string;
  readonly homeDirectory?: string;
}

export interface LoadedKubeconfig {
  readonly config: KubeConfig;
  readonly inCluster: boolean;
  /** Namespace of the context, or of the Pod's service account. */
  readonly namespace: string | undefined;
}

/**
 * Finds a cluster: the given kubeconfig; else the Pod's service account; else `KUBECONFIG` or `~/.kube/config`.
 * @throws KubernetesError `FC_K8S_CONNECT_FAILED` with what went wrong in each place.
 */
export async function loadKubeconfig(
  newConfig: () => KubeConfig,
  sources: KubeconfigSources,
): Promise<LoadedKubeconfig> {
  if (sources.kubeconfig !== undefined) return fromFiles(newConfig, [sources.kubeconfig], sources.context);
  const causes: unknown[] = [];
  if (sources.context === undefined) {
    try {
      return await fromServiceAccount(newConfig(), sources);
    } catch (error) {
      causes.push(error);
    }
  }
  try {
    const listed = (sources.environment["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
    const files = listed.length > 0 ? listed : [join(sources.homeDirectory ?? homedir(), ".kube", "config")];
    return fromFiles(newConfig, files, sources.context);
  } catch (error) {
    causes.push(error);
  }
  throw new KubernetesError(
    `no Kubernetes cluster was found: ${causes.map(errorText).join("; ")}. Run in a Pod, set KUBECONFIG or give a kubeconfig`,
    { code: "FC_K8S_CONNECT_FAILED", retryable: false, cause: new AggregateError(causes) },
  );
}

async function fromServiceAccount(config: KubeConfig, sources: KubeconfigSources): Promise<LoadedKubeconfig> {
  const host = sources.environment["KUBERNETES_SERVICE_HOST"];
  const port = sources.environment["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || host === "") throw new Error("not in a Pod: KUBERNETES_SERVICE_HOST is not set");
  const directory = sources.serviceAccountDirectory ?? serviceAccountDirectory;
  const tokenFile = join(directory, "token");
  try {
    await access(tokenFile);
  } catch (error) {
    throw new Error(`in a Pod, but its service account token ${tokenFile} cannot be read`, { cause: error });
  }
  const namespace = (await readFile(join(directory, "namespace"), "utf8").catch(() => "")).trim() || undefined;
  config.loadFromOptions({
    clusters: [
      {
        name: "in-cluster",
        server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
        caFile: join(directory, "ca.crt"),
        skipTLSVerify: false,
      },
    ],
    // The token is read from its file again and again: the kubelet replaces it.
    users: [{ name: "service-account", authProvider: { name: "tokenFile", config: { tokenFile } } }],
    contexts: [{ name: "in-cluster", cluster: "in-cluster", user: "service-account", namespace }],
    currentContext: "in-cluster",
  });
  return { config, inCluster: true, namespace };
}

function fromFiles(
  newConfig: () => KubeConfig,
  files: readonly string[],
  context: string | undefined,
): LoadedKubeconfig {
  const config = newConfig();
  const name = files.join(delimiter);
  try {
    for (const [index, file] of files.entries()) {
      const next = index === 0 ? config : newConfig();
      next.loadFromFile(file);
      if (index > 0) config.mergeConfig(next, true);
    }
  } catch (error) {
    throw failed(`kubeconfig ${name} cannot be read: ${errorText(error)}`, error);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getContextObject(config.getCurrentContext());
  if (current === null) {
    const known = config.getContexts().map((entry) => entry.name);
    throw failed(
      `kubeconfig ${name} has no context "${config.getCurrentContext() ?? ""}"; it has ${known.join(", ") || "none"}`,
    );
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw failed(`kubeconfig ${name} has no cluster "${current.cluster}"`);
  // client-node wants this said before it makes an agent for plain HTTP.
  if (cluster.server.startsWith("http:")) config.clusters = [{ ...cluster, skipTLSVerify: true }];
  return { config, inCluster: false, namespace: current.namespace };
}

function failed(message: string, cause?: unknown): KubernetesError {
  return new KubernetesError(message, { code: "FC_K8S_CONNECT_FAILED", retryable: false, cause });
}
