import { type Clock, integer, type Logger, type SettingsTable } from "@fc/core";
import type { ExplicitCluster } from "../config/find-cluster.ts";
import type { Kubeconfig } from "../config/kubeconfig.ts";
import type { RequestObserver } from "../transport/http-transport.ts";
import { defaultRateLimit, type RateLimit } from "../transport/request-gate.ts";

/** Which cluster, and which namespace of it. */
export interface ClusterOptions {
  /** Default: the context's namespace, or the Pod's own; else `default`. */
  readonly namespace?: string;
  /** Path of a kubeconfig. Default: `KUBECONFIG`, then the Pod's service account, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** In place of a path: a kubeconfig's text (YAML or JSON), or what that parses to. */
  readonly kubeconfigContent?: string | Kubeconfig;
  /** In place of a kubeconfig: server and credentials in hand. */
  readonly cluster?: ExplicitCluster;
  /** Name of a context of the kubeconfig. Default: its current one. */
  readonly context?: string;
  /** How fast requests may be made. Default: {@link k8sClientSettings}, which is 50 a second and 100 at once. */
  readonly rateLimit?: RateLimit;
  /**
   * Usually `process.env`. Read are `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`, `KUBECONFIG`, `POD_NAME` and
   * `POD_UID` (the server's own Pod, from the downward API), `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, and
   * {@link k8sClientSettings}. Default: empty.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly logger?: Logger;
  /** Counts requests: for metrics. WebSockets (exec, port-forward) are not among them. */
  readonly observer?: RequestObserver | undefined;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** How to reach a cluster, and as whom. */
export interface ConnectOptions extends ClusterOptions {
  /**
   * Id of the installation, kept with its storage. Without one the installation lasts as long as the process, and what it
   * owns goes with the process.
   */
  readonly installationId?: string;
  /** Id of this process. Default: random. */
  readonly instanceId?: string;
  /** Milliseconds that closing waits for the process's Pods to go. Default 20 000. */
  readonly closeTimeoutMs?: number;
}

export interface K8sClientSettings {
  readonly unschedulableGraceSeconds: number;
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
}

/** Settings that {@link K8sClient.connect} reads from its environment. */
export const k8sClientSettings: SettingsTable<K8sClientSettings> = {
  unschedulableGraceSeconds: {
    name: "FAKECLOUD_K8S_UNSCHEDULABLE_GRACE",
    parse: integer({ min: 0, max: 3_600 }),
    default: 30,
    blank: "unset",
    doc: "Seconds that a Pod may be unschedulable before its start counts as failed; an autoscaler may add a node meanwhile.",
  },
  requestsPerSecond: {
    name: "FAKECLOUD_K8S_REQUESTS_PER_SECOND",
    parse: integer({ min: 1 }),
    default: defaultRateLimit.perSecond,
    blank: "unset",
    doc: "Requests to the Kubernetes API per second in the long run; more wait.",
  },
  requestBurst: {
    name: "FAKECLOUD_K8S_REQUEST_BURST",
    parse: integer({ min: 1 }),
    default: defaultRateLimit.burst,
    blank: "unset",
    doc: "Requests to the Kubernetes API that may be made at once after a pause.",
  },
};
