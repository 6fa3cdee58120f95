import type { ConnectOptions } from "../client/connect-options.ts";
import type { K8sClient } from "../client/k8s-client.ts";
import type { Ability, ClusterAbilities } from "./abilities.ts";

/** A cluster to run the cases on, as somebody who may create namespaces. */
export interface ConformanceTarget {
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  /** What it can do beyond its API; a case that needs more is skipped. */
  readonly abilities?: Partial<ClusterAbilities>;
  /** Why an ability is missing, for the reports of skipped cases. */
  readonly absent?: Partial<Readonly<Record<Ability, string>>>;
  /** An image with busybox's programs. Default `busybox:1.36`. */
  readonly image?: string;
  /** Makes the clients under test. Default `K8sClient.connect`. */
  readonly connect?: (options: ConnectOptions) => Promise<K8sClient>;
}
