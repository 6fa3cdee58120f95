import { errorText, type Logger } from "@fc/core";
import { type K8sClient, labels, PodStartError } from "@fc/k8s";
import type {
  EnvironmentEnd,
  EnvironmentHandle,
  ExecutionEnvironment,
  Invocation,
  InvocationResult,
  LaunchOptions,
} from "@fc/lambda/backend";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import type { V1Pod } from "@kubernetes/client-node";
import type { Attendant } from "./attendant.ts";
import { containerName, tokenKey, variableKey } from "./pod-context.ts";
import { podEnd } from "./pod-end.ts";

/** How much of a Pod's log is read. */
const maxLogBytes = 10 * 1024 * 1024;
const goneTimeoutMs = 30_000;

/** One execution environment: a Pod, its Secret and its session. */
export class PodEnvironment implements ExecutionEnvironment {
  readonly id: string;
  readonly handle: EnvironmentHandle;
  readonly session: RuntimeSession;
  readonly podName: string;
  initDurationMs: number | undefined = 0;
  readonly #client: K8sClient;
  readonly #logger: Logger;
  readonly #pod: V1Pod;
  readonly #attendant: Attendant | undefined;
  readonly #variables: Readonly<Record<string, string>>;
  #uid: string | undefined;
  #creation: Promise<void> | undefined;
  #removal: Promise<void> | undefined;

  constructor(options: {
    readonly client: K8sClient;
    readonly logger: Logger;
    readonly session: RuntimeSession;
    /** To be created. */
    readonly pod: V1Pod;
    /** Of environments whose container starts by itself. */
    readonly attendant?: Attendant;
    /** The function's variables, for the Secret, where they do not come through the gate. */
    readonly variables?: Readonly<Record<string, string>>;
  }) {
    this.#client = options.client;
    this.#logger = options.logger;
    this.#pod = options.pod;
    this.session = options.session;
    this.#attendant = options.attendant;
    this.#variables = options.variables ?? {};
    this.id = options.session.id;
    this.podName = options.pod.metadata?.name ?? "";
    this.handle = { kind: "pod", namespace: options.client.namespace, name: this.podName };
  }

  get ended(): Promise<EnvironmentEnd> {
    return this.session.ended;
  }

  /** Makes Secret and Pod. */
  create(signal: AbortSignal): Promise<void> {
    this.#creation = this.#create(signal);
    return this.#creation;
  }

  /**
   * Waits for something of the session, unless the Pod turns out not to start or the session ends. A pull of the Pod's image is waited for.
   * @throws PodStartError, or what `session.ready` rejects with
   */
  async until<T>(
    wanted: Promise<T>,
    options: LaunchOptions & { readonly timeoutMs: number; readonly what: string },
  ): Promise<T> {
    const { timeoutMs, what, onProgress } = options;
    const done = new AbortController();
    const signal = AbortSignal.any([options.signal, done.signal]);
    const onPull = (): void => onProgress?.();
    // Never true: the session knows long before the Pod's status does.
    const failure = this.#client
      .waitForPod(this.podName, () => false, { timeoutMs, what, signal, onPull })
      .catch((error: unknown) => this.#cause(error));
    const ended = this.session.ended.then(() => this.session.ready);
    for (const promise of [failure, ended]) promise.catch(() => undefined);
    try {
      return await Promise.race([wanted, failure as Promise<never>, ended as Promise<never>]);
    } finally {
      // A reason of its own: without one an error with a stack would be made for nobody, while the function starts.
      done.abort("no longer waited for");
    }
  }

  /** The Pod serves a function: its labels say so from now on, whenever the cluster gets to it. */
  relabel(functionLabels: Readonly<Record<string, string>>): void {
    if (this.#removal !== undefined) return;
    const metadata = { uid: this.#uid, labels: { ...functionLabels, [labels.lambdaPool]: null } };
    this.#client.patchPod(this.podName, { metadata }).catch((error: unknown) => {
      if (this.#removal === undefined)
        this.#logger.warn({ pod: this.podName, error: errorText(error) }, "A Pod's labels do not name its function");
    });
  }

  /** The watch told something of this Pod. */
  changed(type: "added" | "modified" | "deleted", pod: V1Pod): void {
    if (this.#uid !== undefined && pod.metadata?.uid !== this.#uid) return;
    this.#attendant?.changed(pod);
    const end =
      podEnd(pod) ?? (type === "deleted" ? { reason: "lost" as const, detail: "the Pod was deleted" } : undefined);
    if (end === undefined) return;
    this.#logger.debug({ pod: this.podName, ...end }, "A function Pod has ended");
    this.session.environmentEnded(end);
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    return this.session.invoke(invocation);
  }

  maxMemoryUsedMb(): Promise<number | undefined> {
    return this.session.maxMemoryUsedMb();
  }

  async logs(): Promise<string | undefined> {
    // The cluster keeps the logs of several containers apart.
    if ((this.#pod.spec?.containers.length ?? 0) > 1) return this.session.log() || undefined;
    try {
      const text = await this.#client.podLogs(this.podName, containerName, { limitBytes: maxLogBytes });
      if (text !== "") return text;
    } catch (error) {
      this.#logger.debug({ pod: this.podName, error: errorText(error) }, "The cluster has no log of a function Pod");
    }
    // The kubelet knows a container up to two seconds after it started, and not at all after its Pod is gone.
    return this.session.log() || undefined;
  }

  terminate(): Promise<void> {
    this.session.close();
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  /** Why the Pod did not come up: the session knows it better once it has ended, or once the function's code is in. */
  #cause(error: unknown): Promise<unknown> {
    // An ended session takes its Pod along: that the Pod goes is then an effect.
    if (this.session.isEnded) return this.session.ready;
    if (!PodStartError.is(error) || !this.session.hasCode || error.exitCode === undefined) throw error;
    const { exitCode, reason, message } = error;
    this.session.environmentEnded({ reason: "exited", detail: message, exitCode, oomKilled: reason === "OOMKilled" });
    return this.session.ready;
  }

  /** Neither call takes the signal: a create that is cut off may still have worked, and what is made must be known. */
  async #create(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#client.createSecret({
      metadata: this.#client.owned({ name: this.podName }, "process", "lambda"),
      immutable: true,
      stringData: {
        [tokenKey]: this.session.token,
        ...Object.fromEntries(Object.entries(this.#variables).map(([name, value]) => [variableKey(name), value])),
      },
    });
    signal.throwIfAborted();
    const own = { ...this.#pod.metadata, namespace: this.#client.namespace };
    const pod = { ...this.#pod, metadata: this.#client.owned(own, "process", "lambda") };
    this.#uid = (await this.#client.createPod(pod)).metadata?.uid;
    signal.throwIfAborted();
  }

  async #remove(): Promise<void> {
    try {
      await this.#creation?.catch(() => undefined);
      await this.session.finished;
      await Promise.all([
        this.#client.deletePod(this.podName, { gracePeriodSeconds: 1, uid: this.#uid }),
        this.#client.deleteSecret(this.podName),
      ]);
      if (this.#uid !== undefined)
        await this.#client.waitForPodGone(this.podName, this.#uid, { timeoutMs: goneTimeoutMs });
    } catch (error) {
      // Tried again when asked again, and by the reconciler of the one who made it.
      this.#removal = undefined;
      this.#logger.warn({ pod: this.podName, error: errorText(error) }, "A function Pod could not be removed");
      throw error;
    }
  }
}
