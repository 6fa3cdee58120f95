import { setTimeout as delay } from "node:timers/promises";
import type { CoordinationV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { openCluster } from "../client/open-cluster.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { managedBySelector } from "../labels.ts";
import { generatedApis } from "../transport/generated-apis.ts";
import type { HttpTransport } from "../transport/http-transport.ts";

const lookMs = 50;

/** The cluster without a namespace or a Lease: makes and removes the namespaces of the cases. */
export class Admin implements Disposable {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly #coordination: CoordinationV1Api;
  readonly #transport: HttpTransport;

  private constructor(
    config: KubeConfig,
    apis: { readonly core: CoreV1Api; readonly coordination: CoordinationV1Api },
    transport: HttpTransport,
  ) {
    this.config = config;
    this.core = apis.core;
    this.#coordination = apis.coordination;
    this.#transport = transport;
  }

  static async connect(kubeconfig: string): Promise<Admin> {
    const { node, transport } = await openCluster({ kubeconfig });
    const config = new node.KubeConfig();
    config.loadFromFile(kubeconfig);
    return new Admin(config, generatedApis(node, transport), transport);
  }

  /** Makes a namespace that Pods can be made in at once: without its service account each would be refused. */
  async createNamespace(name: string): Promise<void> {
    await this.core.createNamespace({ body: { metadata: { name } } });
    const body = { metadata: { name: "default" } };
    await unless("isAlreadyExists", this.core.createNamespacedServiceAccount({ namespace: name, body }));
  }

  /** Asks for its removal; one that is gone is fine. */
  async removeNamespace(name: string): Promise<void> {
    await unless("isNotFound", this.core.deleteNamespace({ name }));
  }

  /** Kind and name of everything in the namespace that this package manages. */
  async managedIn(namespace: string): Promise<string[]> {
    const selected = { namespace, labelSelector: managedBySelector };
    const lists = await Promise.all([
      this.core.listNamespacedPod(selected),
      this.core.listNamespacedSecret(selected),
      this.core.listNamespacedConfigMap(selected),
      this.core.listNamespacedService(selected),
      this.#coordination.listNamespacedLease(selected),
    ]);
    const kinds = ["Pod", "Secret", "ConfigMap", "Service", "Lease"];
    return lists.flatMap(({ items }, at) => items.map(({ metadata }) => `${kinds[at]} ${metadata?.name}`));
  }

  [Symbol.dispose](): void {
    this.#transport.close();
  }
}

/** Looks again and again until it is so. For what no watch tells. */
export async function until(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await holds())) await delay(lookMs, undefined, { signal });
}

/** Waits for the request; that it fails so is fine. */
async function unless(fine: "isAlreadyExists" | "isNotFound", request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!KubernetesError.is(error) || !error[fine]()) throw error;
  }
}
