import type { CoreV1Api, KubeConfig, V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import type { ConnectOptions } from "../client/connect-options.ts";
import type { K8sClient } from "../client/k8s-client.ts";
import type { FaultProxy } from "../testing/index.ts";
import type { Ability, ClusterAbilities } from "./abilities.ts";

/** Where a case works: a namespace of its own, and what it needs to do so. All of it is cleared away after the case. */
export interface Bench<A extends Ability = never> {
  /** Fresh and empty. */
  readonly namespace: string;
  /** Path of the cluster's kubeconfig. */
  readonly kubeconfig: string;
  /** An empty folder. */
  readonly directory: string;
  /** Aborts when the case's time is up: hand it to whatever may last. */
  readonly signal: AbortSignal;
  /** A client of the namespace. */
  readonly client: K8sClient;
  /** The cluster as its administrator sees it: for what a client of ours may not do. */
  readonly admin: CoreV1Api;
  readonly abilities: Pick<ClusterAbilities, A>;
  /** A further client of the namespace, unless the options say otherwise. */
  readonly connect: (options?: ConnectOptions) => Promise<K8sClient>;
  /** Path of a changed copy of the kubeconfig. */
  readonly kubeconfigWith: (change: (config: KubeConfig) => void) => Promise<string>;
  /** A way to the API server that can be cut. */
  readonly proxy: () => Promise<FaultProxy>;
  /** A Pod that runs a shell script, owned by the process of the bench's client. */
  readonly box: (script: string, options?: BoxOptions) => V1Pod;
  /** Creates a box and waits until it is ready. */
  readonly started: (script: string, options?: BoxOptions) => Promise<V1Pod>;
}

export interface BoxOptions {
  /** Default: the bench's client. */
  readonly owner?: K8sClient;
  /** Default: a new one. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A script for an init container, `prepare`. */
  readonly init?: string;
  readonly container?: Partial<V1Container>;
  readonly spec?: Partial<V1PodSpec>;
}
