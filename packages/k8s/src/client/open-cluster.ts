import { silentLogger, systemClock } from "@fc/core";
import { loadKubeconfig } from "../config/load-kubeconfig.ts";
import { CredentialSource } from "../transport/credentials.ts";
import type { ClientNode } from "../transport/generated-apis.ts";
import { HttpTransport } from "../transport/http-transport.ts";
import type { ClusterOptions } from "./connect-options.ts";

/** A cluster that was found, and the way to it. Nothing has been sent yet. */
export interface OpenCluster {
  readonly node: ClientNode;
  readonly transport: HttpTransport;
  readonly server: string;
  readonly namespace: string;
  readonly inCluster: boolean;
}

/** @throws KubernetesError `FC_K8S_CONNECT_FAILED` with what was tried */
export async function openCluster(options: ClusterOptions): Promise<OpenCluster> {
  const { environment = {}, clock = systemClock, logger = silentLogger } = options;
  // Loading it takes most of the time of a start, so only those pay who connect.
  const node: ClientNode = await import("../config/client-node.ts");
  const { config, inCluster, namespace } = await loadKubeconfig(() => new node.KubeConfig(), {
    kubeconfig: options.kubeconfig,
    context: options.context,
    environment,
  });
  return {
    node,
    transport: new HttpTransport({ credentials: new CredentialSource(config, clock), clock, logger }),
    server: config.getCurrentCluster()?.server ?? "",
    namespace: options.namespace ?? namespace ?? "default",
    inCluster,
  };
}
