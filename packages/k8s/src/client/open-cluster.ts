import { readSettings, silentLogger, systemClock } from "@fc/core";
import { proxyFromEnvironment } from "../config/environment-proxy.ts";
import { type ClusterSources, type FoundCluster, findCluster } from "../config/find-cluster.ts";
import { CredentialSource } from "../transport/credentials.ts";
import type { ClientNode } from "../transport/generated-apis.ts";
import { HttpTransport } from "../transport/http-transport.ts";
import { type ClusterOptions, type K8sClientSettings, k8sClientSettings } from "./connect-options.ts";

/** A cluster that was found, and the way to it. Nothing has been sent yet. */
export interface OpenCluster {
  readonly node: ClientNode;
  readonly transport: HttpTransport;
  readonly server: string;
  readonly namespace: string;
  readonly inCluster: boolean;
  readonly settings: K8sClientSettings;
}

/**
 * @throws KubernetesError `FC_K8S_CONNECT_FAILED` with what was tried
 * @throws SettingsError `FC_CONFIG_INVALID`
 */
export async function openCluster(
  options: ClusterOptions & Pick<ClusterSources, "serviceAccountDirectory">,
): Promise<OpenCluster> {
  const { environment = {}, clock = systemClock, logger = silentLogger } = options;
  const settings = readSettings(k8sClientSettings, { environment });
  // Loading it takes most of the time of a start, so only those pay who connect.
  const node: ClientNode = await import("../config/client-node.ts");
  const found = withProxy(await findCluster({ ...options, environment }, node.parseYaml), environment);
  const credentials = new CredentialSource(found, { newConfig: () => new node.KubeConfig(), clock, logger });
  const { perSecond = settings.requestsPerSecond, burst = settings.requestBurst } = options.rateLimit ?? {};
  return {
    node,
    transport: new HttpTransport({
      credentials,
      clock,
      logger,
      rateLimit: { perSecond, burst },
      observer: options.observer,
    }),
    server: found.cluster.server,
    namespace: options.namespace ?? found.namespace ?? "default",
    inCluster: found.inCluster,
    settings,
  };
}

/** What a kubeconfig says of a proxy wins over the environment. */
function withProxy(found: FoundCluster, environment: Readonly<Record<string, string | undefined>>): FoundCluster {
  const proxy = found.cluster["proxy-url"] ?? proxyFromEnvironment(found.cluster.server, environment);
  return proxy === undefined ? found : { ...found, cluster: { ...found.cluster, "proxy-url": proxy } };
}
