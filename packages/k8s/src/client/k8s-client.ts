import type { Duplex } from "node:stream";
import { type WrittenFile, withDeadline } from "@fc/core";
import type { CoordinationV1Api, CoreV1Api, V1ObjectMeta, V1Pod } from "@kubernetes/client-node";
import type { OwnedService } from "../labels.ts";
import type { DiscardedPod } from "../ownership/discards.ts";
import { ownedMeta } from "../ownership/owned-meta.ts";
import { type ReconcileOptions, type Reconciler, startReconciler } from "../ownership/reconciler.ts";
import { conditionOf, type LaunchPodOptions, launchPod, type StartPodOptions } from "../pods/launch-pod.ts";
import { type WaitForPodOptions, waitForPod } from "../pods/wait-for-pod.ts";
import { waitForPodGone } from "../pods/wait-for-pod-gone.ts";
import { waitForTcp } from "../pods/wait-for-tcp.ts";
import type { ExecStream } from "../streams/exec.ts";
import type { FollowLogsOptions, PodLogsOptions } from "../streams/pod-logs.ts";
import type { PodListener } from "../watch/pod-store.ts";
import { type ClientMachinery, closeMachinery, createMachinery } from "./client-machinery.ts";
import { type ClientParts, connectParts } from "./client-parts.ts";
import type { ConnectOptions } from "./connect-options.ts";
import type {
  ExecOptions,
  ExecOutput,
  ExecStreamOptions,
  ExecToFileOptions,
  FetchFileOptions,
} from "./exec-options.ts";
import { NamespaceObjects } from "./namespace-objects.ts";
import type { CallOptions } from "./resource-client.ts";

/**
 * One namespace of one cluster, for one process. Every call has a deadline, and rejects with KubernetesError unless said
 * otherwise. Dispose of it at the end: what the process owns goes with it.
 */
export class K8sClient extends NamespaceObjects implements AsyncDisposable {
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
  readonly #machinery: ClientMachinery;
  #closed: Promise<void> | undefined;

  private constructor(parts: ClientParts) {
    super(parts.resources);
    this.#parts = parts;
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
   * Creates the Pod, with the labels of its owner, Pod configuration and {@link podDefaults}, and under a new name when it has only
   * a `generateName` or none; resolves with it once the condition holds. When it rejects the Pod is gone or going, whatever failed:
   * also when the answer to its creation was lost, and when the signal aborted meanwhile.
   * @throws PodStartError at once with Kubernetes' reason and the last events; KubernetesError; the signal's reason
   */
  startPod(pod: V1Pod, options: StartPodOptions): Promise<V1Pod> {
    const { until, timeoutMs, onPull, signal } = options;
    const { predicate, what } = conditionOf(until);
    return this.launchPod(pod, options, ({ metadata: { name = "", uid } = {} }) =>
      this.waitForPod(name, predicate, { timeoutMs, onPull, what, uid, signal }),
    );
  }

  /** Like `startPod`, for what a look at the Pod cannot decide: the Pod is removed when `work` rejects. */
  launchPod<T>(pod: V1Pod, options: LaunchPodOptions, work: (created: V1Pod) => Promise<T>): Promise<T> {
    const context = {
      create: (complete: V1Pod) => this.createPod(complete),
      owned: ({ metadata = {} }: V1Pod) => this.owned(metadata, options.owner, options.service),
      discard: (discarded: DiscardedPod) => this.#machinery.discards.add(discarded),
    };
    return launchPod(context, pod, options, work);
  }

  /**
   * Removes a Pod that nobody needs any more, in the background again and again until it is gone or going. Resolves after the first
   * try and never rejects.
   */
  discardPod(pod: DiscardedPod): Promise<void> {
    return this.#machinery.discards.add(pod);
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
    const { predicate, what } = conditionOf("running");
    const pod = await this.waitForPod(name, predicate, { timeoutMs, what, ...options });
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
    const { timeoutMs = 60_000, maxStdoutBytes = 16 * 1024 * 1024, ...rest } = options;
    const what = `exec in Pod ${nameOf(pod)}`;
    const limits = { timeoutMs, what, signal: rest.signal, clock: this.#parts.clock };
    return await withDeadline(limits, (signal) =>
      this.#machinery.streams.exec(pod, container, argv, { ...rest, signal, maxStdoutBytes }),
    );
  }

  /**
   * Like `exec`, for output of any size: what the caller does not read of stdout is not sent. The signal or `timeoutMs` ends it;
   * by default it may take as long as it likes.
   * @throws KubernetesError `FC_K8S_EXEC_STDIN_UNSUPPORTED`
   */
  execStream(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: ExecStreamOptions = {},
  ): Promise<ExecStream> {
    return this.#machinery.streams.execStream(pod, container, argv, options);
  }

  /**
   * Writes what a command prints to the file `path` (mode 0600), whole or not at all, and gives its size and SHA-256. An exit code
   * other than 0 is an error here.
   * @throws KubernetesError `FC_K8S_EXEC_FAILED`, `FC_K8S_EXEC_OUTPUT_DIFFERS`
   */
  execToFile(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    path: string,
    options: ExecToFileOptions = {},
  ): Promise<WrittenFile> {
    return this.#machinery.streams.execToFile(pod, container, argv, path, { timeoutMs: 600_000, ...options });
  }

  /**
   * Copies the file `from` of a container, which needs `sh`, `wc` and `cat`, to the file `path` here, whole or not at all. Output
   * that Kubernetes cut short is an error, even where it reports success.
   * @throws KubernetesError as {@link K8sClient.execToFile}
   */
  fetchFile(
    pod: V1Pod | string,
    container: string,
    from: string,
    path: string,
    options: FetchFileOptions = {},
  ): Promise<WrittenFile> {
    return this.#machinery.streams.fetchFile(pod, container, from, path, { timeoutMs: 600_000, ...options });
  }

  /** A container's log. Name the container: a mesh may have added others. */
  podLogs(pod: V1Pod | string, container?: string, options: PodLogsOptions = {}): Promise<string> {
    return this.#machinery.streams.logs(pod, container, options);
  }

  /**
   * A container's log line by line, from its start unless told otherwise, until the container ends or the signal aborts. Broken
   * connections are made anew without a line lost or twice; lines of more than 1 MiB are cut.
   */
  followLogs(pod: V1Pod | string, container: string, options: FollowLogsOptions): AsyncIterable<Uint8Array> {
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

  /**
   * Looks now for processes that died, which the client does by itself every 7 s, and resolves with how many of their Pods of this
   * service were removed since it was last asked. A process is dead when its Lease has expired, and was not renewed before our eyes
   * for 20 s: so what a crash left is gone within a minute, and an outage of the API server makes nobody look dead.
   */
  reapStale(service: OwnedService): Promise<number> {
    return this.#machinery.reaper.reap(service);
  }

  /**
   * From now on removes what is labelled as this process's or this installation's and is not wanted, again and again until it is
   * gone: what a create made whose answer was lost, what could not be removed before, what a process left that died in between. Ends
   * with the client.
   */
  reconcile(options: ReconcileOptions): Reconciler {
    const { resources, instanceId, clock, logger } = this.#parts;
    const { reflector, reconcilers } = this.#machinery;
    const { installationId } = this;
    return startReconciler({ resources, reflector, instanceId, installationId, reconcilers, clock, logger }, options);
  }

  /** Ends the Lease, removes what the process owns and waits, for a bounded time, until its Pods are gone. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= closeMachinery(this.#parts, this.#machinery);
    return this.#closed;
  }
}

function nameOf(pod: V1Pod | string): string {
  return typeof pod === "string" ? pod : (pod.metadata?.name ?? "");
}
