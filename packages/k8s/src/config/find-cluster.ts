import { access } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { errorText } from "@fc/core";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { type Kubeconfig, type ResolvedContext, resolveContext } from "./kubeconfig.ts";
import { checkKubeconfig, type ParseYaml, parseKubeconfig, readKubeconfigFiles } from "./read-kubeconfig.ts";
import { mountedNamespace, serviceAccountDirectory } from "./service-account.ts";

/** A cluster and its credentials in hand. */
export interface ExplicitCluster {
  /** URL of the API server. */
  readonly server: string;
  /** PEM of the certificates that the server's is checked against. Default: those that Node trusts. */
  readonly ca?: string;
  /** A bearer token, or what gives the current one: it is asked every 10 s and after a refusal. */
  readonly token?: string | (() => string | Promise<string>);
  /** PEM of a client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface ClusterSources {
  /** Path of a kubeconfig. When given, nothing else is looked at. */
  readonly kubeconfig?: string | undefined;
  /** A kubeconfig that is in no file: its text, or what that parses to. */
  readonly kubeconfigContent?: string | Kubeconfig | undefined;
  readonly cluster?: ExplicitCluster | undefined;
  /** Name of a context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
  /** `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT` and `KUBECONFIG` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDirectory?: string;
  readonly homeDirectory?: string;
}

export interface FoundCluster extends ResolvedContext {
  readonly inCluster: boolean;
  /** Gives the bearer token, for a cluster whose embedder does. */
  readonly token?: () => string | Promise<string>;
}

/**
 * Finds a cluster: the one that is given; else of `KUBECONFIG`; else of the Pod's service account; else of `~/.kube/config`.
 * @throws KubernetesError `FC_K8S_CONNECT_FAILED` with what went wrong in each place.
 */
export async function findCluster(sources: ClusterSources, parse: ParseYaml): Promise<FoundCluster> {
  const given = (["kubeconfig", "kubeconfigContent", "cluster"] as const).filter((name) => sources[name] !== undefined);
  if (given.length > 1) throw failed([new Error(`${given.join(" and ")} are given, where one cluster is meant`)]);
  if (given.length === 1) return await fromGiven(sources, parse).catch((error) => Promise.reject(failed([error])));
  const listed = (sources.environment["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  // Who sets KUBECONFIG in a Pod (a development container, a CI job) means another cluster than the Pod's own.
  if (listed.length > 0)
    return await fromFiles(listed, sources, parse).catch((error) => Promise.reject(failed([error])));
  const causes: unknown[] = [];
  if (sources.context === undefined)
    try {
      return await fromServiceAccount(sources);
    } catch (error) {
      causes.push(error);
    }
  try {
    return await fromFiles([join(sources.homeDirectory ?? homedir(), ".kube", "config")], sources, parse);
  } catch (error) {
    causes.push(error);
  }
  throw failed(causes);
}

async function fromGiven(sources: ClusterSources, parse: ParseYaml): Promise<FoundCluster> {
  const { kubeconfig, kubeconfigContent: content, cluster, context } = sources;
  if (cluster !== undefined) return fromExplicit(cluster);
  if (kubeconfig !== undefined) return await fromFiles([kubeconfig], sources, parse);
  const config = typeof content === "string" ? parseKubeconfig(content, parse) : checkKubeconfig(content);
  return { ...resolveContext(config, "the kubeconfig", context), inCluster: false };
}

async function fromFiles(files: readonly string[], sources: ClusterSources, parse: ParseYaml): Promise<FoundCluster> {
  const config = await readKubeconfigFiles(files, parse);
  return { ...resolveContext(config, `kubeconfig ${files.join(delimiter)}`, sources.context), inCluster: false };
}

function fromExplicit({ server, ca, token, cert, key }: ExplicitCluster): FoundCluster {
  if ((cert === undefined) !== (key === undefined)) throw new Error("cluster needs both cert and key, or neither");
  const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
  const config: Kubeconfig = {
    clusters: [{ name: "given", cluster: { server, ...(ca && { "certificate-authority-data": base64(ca) }) } }],
    users: [
      {
        name: "given",
        user: {
          ...(typeof token === "string" && { token }),
          ...(cert && { "client-certificate-data": base64(cert) }),
          ...(key && { "client-key-data": base64(key) }),
        },
      },
    ],
    contexts: [{ name: "given", context: { cluster: "given", user: "given" } }],
  };
  return {
    ...resolveContext(config, "cluster", "given"),
    inCluster: false,
    ...(typeof token === "function" && { token }),
  };
}

async function fromServiceAccount(sources: ClusterSources): Promise<FoundCluster> {
  const host = sources.environment["KUBERNETES_SERVICE_HOST"];
  const port = sources.environment["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || host === "") throw new Error("not in a Pod: KUBERNETES_SERVICE_HOST is not set");
  const directory = sources.serviceAccountDirectory ?? serviceAccountDirectory;
  const tokenFile = join(directory, "token");
  try {
    await access(tokenFile);
  } catch (error) {
    throw new Error(
      `in a Pod, but its service account token ${tokenFile} cannot be read (automountServiceAccountToken: false?)`,
      { cause: error },
    );
  }
  return {
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      "certificate-authority": join(directory, "ca.crt"),
    },
    user: { tokenFile },
    namespace: mountedNamespace(directory),
    inCluster: true,
  };
}

function failed(causes: readonly unknown[]): KubernetesError {
  const tried = causes.map(errorText).join("; ");
  const advice = causes.length > 1 ? ". Run in a Pod, set KUBECONFIG or give a kubeconfig" : "";
  return new KubernetesError(`no Kubernetes cluster was found: ${tried}${advice}`, {
    code: "FC_K8S_CONNECT_FAILED",
    retryable: false,
    cause: new AggregateError(causes),
  });
}
