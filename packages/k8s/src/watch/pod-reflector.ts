import { type Clock, errorText, FcError, type Logger, withDeadline } from "@fc/core";
import type { V1Pod, V1Status } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import { backoffMs } from "./backoff.ts";
import { jsonLines } from "./json-lines.ts";
import { type PodListener, PodStore } from "./pod-store.ts";

export interface PodReflectorOptions {
  readonly pods: ResourceClient<V1Pod>;
  readonly transport: HttpTransport;
  readonly labelSelector: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

const watchSeconds = 290;
const stallGraceMs = 10_000;
const shortWatchMs = 1_000;

/** One list and watch that many share, in place of polling. It begins with its first listener and goes on until closed. */
export class PodReflector {
  readonly #options: PodReflectorOptions;
  readonly #random: () => number;
  readonly #listeners = new Set<PodListener>();
  readonly #store: PodStore;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #version: string | undefined;
  #failures = 0;
  #lastError: unknown;

  constructor(options: PodReflectorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#store = new PodStore((type, pod) => this.#tell(type, pod));
  }

  /** What the watch fails with at present, for messages. */
  get lastError(): unknown {
    return this.#lastError;
  }

  get(name: string): V1Pod | undefined {
    return this.#store.get(name);
  }

  /** Calls the listener with every change from now on, and first with every Pod that is known, as `added`. */
  subscribe(listener: PodListener): () => void {
    for (const pod of this.#store.all()) this.#call(listener, "added", pod);
    this.#listeners.add(listener);
    this.#running ??= this.#run();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#closing.abort(new Error("the Kubernetes client is closed"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#failures += 1;
        this.#lastError = error;
        const gone = KubernetesError.is(error) && error.isGone();
        if (gone) this.#version = undefined;
        const asked = KubernetesError.is(error) ? (error.retryAfterMs ?? 0) : 0;
        const delayMs = gone && this.#failures === 1 ? 0 : Math.max(asked, backoffMs(this.#failures, this.#random));
        const level = this.#failures > 3 && !gone ? "warn" : "debug";
        logger[level]({ error: errorText(error), delayMs: Math.round(delayMs) }, "watch of Pods begins again");
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { pods, labelSelector } = this.#options;
    const { items, resourceVersion } = await pods.listWithVersion({ labelSelector }, { signal });
    this.#store.replace(items);
    this.#version = resourceVersion;
  }

  /** One watch request, until the server ends it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, transport, pods, labelSelector, logger } = this.#options;
    const seconds = Math.round(watchSeconds * (0.9 + 0.2 * this.#random()));
    const query = new URLSearchParams({
      watch: "true",
      labelSelector,
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds),
      resourceVersion: this.#version ?? "",
    });
    const started = clock.now();
    const what = "watch of Pods (the server should have ended it)";
    const ended = await withDeadline(
      { timeoutMs: seconds * 1_000 + stallGraceMs, what, signal, clock },
      async (deadline) => {
        const path = `${pods.collectionPath}?${query}`;
        const response = await transport.open({ method: "GET", path, signal: deadline });
        this.#lastError = undefined;
        try {
          for await (const event of jsonLines(response)) this.#apply(event);
        } finally {
          response.destroy();
        }
      },
    ).catch((error: unknown) => ({ error }));
    signal.throwIfAborted();
    // One that ends at once is a failure even if something came: else a server that drops every watch would be asked without pause.
    const lived = clock.now() - started >= shortWatchMs;
    if (lived) this.#failures = 0;
    if (ended === undefined) {
      if (!lived) throw new Error("the watch of Pods ended at once");
    } else if (!lived || KubernetesError.is(ended.error) || ended.error instanceof SyntaxError) {
      // What cannot be read now cannot be read from the same version again.
      if (ended.error instanceof SyntaxError) this.#version = undefined;
      throw ended.error;
    } else if (FcError.isInstance(ended.error))
      logger.warn({ error: ended.error.message }, "watch of Pods stood still");
  }

  #apply(event: unknown): void {
    const { type, object } = (event ?? {}) as Partial<WatchEvent>;
    if (typeof type !== "string" || typeof object !== "object" || object === null)
      throw new SyntaxError(`not an event of a watch: ${JSON.stringify(event).slice(0, 200)}`);
    if (type === "ERROR") throw errorOf(object);
    const pod = this.#options.pods.decode(object);
    this.#version = pod.metadata?.resourceVersion ?? this.#version;
    if (type === "ADDED" || type === "MODIFIED") this.#store.put(pod);
    else if (type === "DELETED") this.#store.remove(pod);
  }

  #tell(type: Parameters<PodListener>[0], pod: V1Pod): void {
    for (const listener of [...this.#listeners]) this.#call(listener, type, pod);
  }

  #call(listener: PodListener, type: Parameters<PodListener>[0], pod: V1Pod): void {
    try {
      listener(type, pod);
    } catch (error) {
      this.#options.logger.error(
        { error: errorText(error), pod: pod.metadata?.name },
        "a listener of Pod changes threw",
      );
    }
  }
}

function errorOf(status: V1Status): KubernetesError {
  return new KubernetesError(`watch of Pods: ${status.reason ?? ""}: ${status.message ?? ""}`, {
    httpStatus: status.code ?? 500,
    status,
  });
}
