import type { V1Pod } from "@kubernetes/client-node";

/** What a cluster, or whoever runs the cases on it, can do beyond the Kubernetes API. */
export interface ClusterAbilities {
  /** The addresses of Pods can be reached from here. */
  readonly podNetwork: true;
  /** What a Role does not grant is refused (RBAC). */
  readonly accessControl: true;
  /** Has the kubelet evict the Pod, as it does when the node is short of something. */
  readonly evict: (pod: V1Pod) => Promise<void>;
  /** Does the work while the API server is away; it is back when this resolves, and when the work fails. */
  readonly withoutApi: (work: () => Promise<void>) => Promise<void>;
  /** Does the work while the API server's store answers only after this time; it is quick again when this resolves. */
  readonly withSlowStore: (delayMs: number, work: () => Promise<void>) => Promise<void>;
  /** Name of a node that Pods may run on, besides another one. */
  readonly secondNode: string;
}

export type Ability = keyof ClusterAbilities;
