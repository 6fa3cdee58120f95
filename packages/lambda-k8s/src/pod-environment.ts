import { errorText, type Logger } from "@fc/core";
import type { K8sClient } from "@fc/k8s";
import type {
  EnvironmentEnd,
  EnvironmentHandle,
  ExecutionEnvironment,
  Invocation,
  InvocationResult,
} from "@fc/lambda/backend";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import type { V1Pod } from "@kubernetes/client-node";
import { podEnd } from "./pod-end.ts";
import { containerName } from "./pod-spec.ts";

/** How much of a Pod's log is read. */
const maxLogBytes = 10 * 1024 * 1024;
const goneTimeoutMs = 30_000;

/** One execution environment: a Pod, its Secret and its session. */
export class PodEnvironment implements ExecutionEnvironment {
  readonly id: string;
  readonly handle: EnvironmentHandle;
  readonly session: RuntimeSession;
  readonly podName: string;
  initDurationMs = 0;
  readonly #client: K8sClient;
  readonly #logger: Logger;
  #uid: string | undefined;
  #removal: Promise<void> | undefined;

  constructor(options: {
    readonly client: K8sClient;
    readonly logger: Logger;
    readonly session: RuntimeSession;
    readonly podName: string;
  }) {
    this.#client = options.client;
    this.#logger = options.logger;
    this.session = options.session;
    this.id = options.session.id;
    this.podName = options.podName;
    this.handle = { kind: "pod", namespace: options.client.namespace, name: options.podName };
  }

  get ended(): Promise<EnvironmentEnd> {
    return this.session.ended;
  }

  /** The Pod exists now. */
  created(pod: V1Pod): void {
    this.#uid = pod.metadata?.uid;
  }

  /** The watch told something of this Pod. */
  changed(type: "added" | "modified" | "deleted", pod: V1Pod): void {
    if (this.#uid !== undefined && pod.metadata?.uid !== this.#uid) return;
    const end =
      podEnd(pod) ?? (type === "deleted" ? { reason: "lost" as const, detail: "the Pod was deleted" } : undefined);
    if (end !== undefined) this.session.environmentEnded(end);
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    return this.session.invoke(invocation);
  }

  async logs(): Promise<string | undefined> {
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

  async #remove(): Promise<void> {
    try {
      await Promise.all([
        this.#client.deletePod(this.podName, { gracePeriodSeconds: 1, uid: this.#uid }),
        this.#client.deleteSecret(this.podName),
      ]);
      if (this.#uid !== undefined)
        await this.#client.waitForPodGone(this.podName, this.#uid, { timeoutMs: goneTimeoutMs });
    } catch (error) {
      // Tried again when asked again; else it goes with the process's Lease.
      this.#removal = undefined;
      this.#logger.warn({ pod: this.podName, error: errorText(error) }, "A function Pod could not be removed");
      throw error;
    }
  }
}
