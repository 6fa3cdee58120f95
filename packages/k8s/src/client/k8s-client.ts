import type { Duplex } from "node:stream";
import { withDeadline } from "@fc/core";
import type {
  CoordinationV1Api,
  CoreV1Api,
  V1ConfigMap,
  V1ObjectMeta,
  V1Pod,
  V1Secret,
  V1Service,
} from "@kubernetes/client-node";
import type { OwnedService } from "../labels.ts";
import { ownedMeta } from "../ownership/owned-meta.ts";
import { type WaitForPodOptions, waitForPod } from "../pods/wait-for-pod.ts";
import { waitForPodGone } from "../pods/wait-for-pod-gone.ts";
import { waitForTcp } from "../pods/wait-for-tcp.ts";
import type { ExecStream } from "../streams/exec.ts";
import type { PodLogsOptions } from "../streams/pod-logs.ts";
import type { PodListener } from "../watch/pod-store.ts";
import { type ClientMachinery, closeMachinery, createMachinery } from "./client-machinery.ts";
import { type ClientParts, type ClientResources, connectParts } from "./client-parts.ts";
import type { ConnectOptions } from "./connect-options.ts";
import type { ExecOptions, ExecOutput } from "./exec-options.ts";
import type { CallOptions, RemoveOptions } from "./resource-client.ts";

/**
 * One namespace of one cluster, for one process. Every call has a deadline, and rejects with KubernetesError unless said
 * otherwise. Dispose of it at the end: what the process owns goes with it.
 */
export class K8sClient implements AsyncDisposable {
  readonly namespace: string;
  /** Random: names this process among all that share the namespace. */
  readonly instanceId: string;
  /** Names what outlives the process; the same as `instanceId` when no installation was given. */
  readonly installationId: string;
  /** Whether this runs in a Pod and uses its service account. */
  readonly inCluster: boolean;
  /** client-node's generated API over our connections. */
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
  readonly #parts: ClientParts;
  readonly #resources: ClientResources;
  readonly #machinery: ClientMachinery;
  #closed: Promise<void> | undefined;

  private constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#resources = parts.resources;
    this.#machinery = createMachinery(parts);
    this.namespace = parts.namespace;
    this.instanceId = parts.instanceId;
    this.installationId = parts.installationId ?? parts.instanceId;
    this.inCluster = parts.inCluster;
    this.core = parts.core;
    this.coordination = parts.coordination;
  }

  /**
   * Finds the cluster, and makes this process's Lease there.
   * @throws KubernetesError `FC_K8S_CONNECT_FAILED` with what was tried and what to do
   * @throws SettingsError `FC_CONFIG_INVALID`
   */
  static async connect(options: ConnectOptions = {}): Promise<K8sClient> {
    return new K8sClient(await connectParts(options));
  }

  /**
   * Metadata with ownership: labels, and for `process` a reference to this process's Lease. What belongs to the installation
   * outlives the process, when the client was given an installation id.
   */
  owned(meta: V1ObjectMeta, owner: "process" | "installation", service: OwnedService): V1ObjectMeta {
    const { instanceId, installationId, lease } = this.#parts;
    return ownedMeta(meta, { owner, service, instanceId, installationId, lease: lease.ownerReference });
  }

  /**
   * Creates the Pod and never removes another one. When the answer is lost it asks again, without making a second Pod.
   * @throws KubernetesError `FC_K8S_FORBIDDEN` for quota, admission and Pod Security, with their words
   */
  createPod(pod: V1Pod, options: CallOptions = {}): Promise<V1Pod> {
    return this.#resources.pods.create(pod, options);
  }

  createSecret(secret: V1Secret, options: CallOptions = {}): Promise<V1Secret> {
    return this.#resources.secrets.create(secret, options);
  }

  createService(service: V1Service, options: CallOptions = {}): Promise<V1Service> {
    return this.#resources.services.create(service, options);
  }

  createConfigMap(configMap: V1ConfigMap, options: CallOptions = {}): Promise<V1ConfigMap> {
    return this.#resources.configMaps.create(configMap, options);
  }

  /** Asks for the Pod's removal. One that is absent, or has another uid, is fine. */
  deletePod(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.pods.remove(name, options);
  }

  deleteSecret(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.secrets.remove(name, options);
  }

  deleteService(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.services.remove(name, options);
  }

  deleteConfigMap(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.configMaps.remove(name, options);
  }

  getPod(name: string, options: CallOptions = {}): Promise<V1Pod | undefined> {
    return this.#resources.pods.get(name, options);
  }

  getSecret(name: string, options: CallOptions = {}): Promise<V1Secret | undefined> {
    return this.#resources.secrets.get(name, options);
  }

  getService(name: string, options: CallOptions = {}): Promise<V1Service | undefined> {
    return this.#resources.services.get(name, options);
  }

  getConfigMap(name: string, options: CallOptions = {}): Promise<V1ConfigMap | undefined> {
    return this.#resources.configMaps.get(name, options);
  }

  listPods(labelSelector: string, options: CallOptions = {}): Promise<V1Pod[]> {
    return this.#resources.pods.list(labelSelector, options);
  }

  listSecrets(labelSelector: string, options: CallOptions = {}): Promise<V1Secret[]> {
    return this.#resources.secrets.list(labelSelector, options);
  }

  listServices(labelSelector: string, options: CallOptions = {}): Promise<V1Service[]> {
    return this.#resources.services.list(labelSelector, options);
  }

  listConfigMaps(labelSelector: string, options: CallOptions = {}): Promise<V1ConfigMap[]> {
    return this.#resources.configMaps.list(labelSelector, options);
  }

  /** A merge patch (RFC 7386): null removes a member. */
  patchPod(name: string, mergePatch: object, options: CallOptions = {}): Promise<V1Pod> {
    return this.#resources.pods.mergePatch(name, mergePatch, options);
  }

  patchService(name: string, mergePatch: object, options: CallOptions = {}): Promise<V1Service> {
    return this.#resources.services.mergePatch(name, mergePatch, options);
  }

  /**
   * Calls the listener for every Pod with `fakecloud-managed-by=fakecloud` in the namespace: those there are as `added`, then
   * every change. All listeners share one watch. Returns what ends it.
   */
  onPodChange(listener: PodListener): () => void {
    return this.#machinery.reflector.subscribe(listener);
  }

  /**
   * Waits until the predicate holds.
   * @throws PodStartError at once when Kubernetes reports that it will not (image, crash, end, deletion; unschedulable after
   * a grace), and with reason `Timeout` when the time is up; the signal's reason when it aborts
   */
  waitForPod(name: string, predicate: (pod: V1Pod) => boolean, options: WaitForPodOptions): Promise<V1Pod> {
    return waitForPod(this.#machinery.wait, name, predicate, options);
  }

  /** Waits until the Pod runs and has an address, and gives that. @throws PodStartError */
  async waitForPodIp(name: string, timeoutMs: number, options: CallOptions = {}): Promise<string> {
    const runs = (pod: V1Pod): boolean => pod.status?.phase === "Running" && (pod.status.podIP ?? "") !== "";
    const pod = await this.waitForPod(name, runs, { timeoutMs, what: "to run and have an address", ...options });
    return pod.status?.podIP ?? "";
  }

  /** Waits until something accepts connections there. @throws FcError `FC_DEADLINE_EXCEEDED` */
  waitForTcp(host: string, port: number, timeoutMs: number, options: CallOptions = {}): Promise<void> {
    return waitForTcp(host, port, { timeoutMs, clock: this.#parts.clock, ...options });
  }

  /** Waits until the Pod with this uid is gone, whatever else has its name by then. @throws FcError `FC_DEADLINE_EXCEEDED` */
  waitForPodGone(
    name: string,
    uid: string,
    options: CallOptions & { readonly timeoutMs?: number } = {},
  ): Promise<void> {
    return waitForPodGone(this.#machinery.wait, name, uid, {
      timeoutMs: options.timeoutMs ?? 60_000,
      signal: options.signal,
    });
  }

  /**
   * Runs a command in a container and collects its output. A command that ends with a code other than 0 is a result; a stream
   * that ends without a status is an error, since output may be missing then.
   * @throws KubernetesError `FC_K8S_EXEC_FAILED`
   */
  async exec(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: ExecOptions = {},
  ): Promise<ExecOutput> {
    const { signal, timeoutMs = 60_000, maxStdoutBytes = 16 * 1024 * 1024 } = options;
    const what = `exec in Pod ${typeof pod === "string" ? pod : pod.metadata?.name}`;
    return await withDeadline({ timeoutMs, what, signal, clock: this.#parts.clock }, (deadline) =>
      this.#machinery.streams.exec(pod, container, argv, { signal: deadline, maxStdoutBytes }),
    );
  }

  /** Like `exec`, for output of any size: what the caller does not read of stdout is not sent. The signal ends it. */
  execStream(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: CallOptions = {},
  ): Promise<ExecStream> {
    return this.#machinery.streams.execStream(pod, container, argv, options);
  }

  /** A container's log. Name the container: a mesh may have added others. */
  podLogs(pod: V1Pod | string, container?: string, options: PodLogsOptions = {}): Promise<string> {
    return this.#machinery.streams.logs(pod, container, options);
  }

  /** A container's log line by line from its start, until the container ends or the signal aborts; broken connections are made anew without a line lost or twice. */
  followLogs(
    pod: V1Pod | string,
    container: string,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array> {
    return this.#machinery.streams.followLogs(pod, container, options);
  }

  /**
   * A TCP connection to a port of a Pod: by its address, or through the API server where that cannot be reached (a laptop).
   * Through the API server there is no half-close, and a refused connection shows as an error of the stream.
   * @throws KubernetesError `FC_K8S_DIAL_FAILED`
   */
  dial(pod: V1Pod, port: number, options: CallOptions = {}): Promise<Duplex> {
    return this.#machinery.streams.dial(pod, port, options.signal);
  }

  /** Removes what processes left whose Lease has expired; resolves with how many Pods of the service that were. */
  reapStale(service: OwnedService): Promise<number> {
    return this.#machinery.reaper.reap(service);
  }

  /** Ends the Lease, removes what the process owns and waits, for a bounded time, until its Pods are gone. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= closeMachinery(this.#parts, this.#machinery);
    return this.#closed;
  }
}
