import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { KubernetesError } from "../errors/kubernetes-error.ts";

const connectMs = 1_500;

/** Opens TCP connections to Pods, the way that works from where we are. */
export class Dialer {
  readonly #forward: (name: string, port: number, signal?: AbortSignal) => Promise<Duplex>;
  readonly #clock: Clock;
  /** What worked first is what works: a laptop does not move into the cluster. */
  #way: "unknown" | "direct" | "forward" = "unknown";

  constructor(options: {
    readonly forward: (name: string, port: number, signal?: AbortSignal) => Promise<Duplex>;
    readonly clock: Clock;
  }) {
    this.#forward = options.forward;
    this.#clock = options.clock;
  }

  /** @throws KubernetesError `FC_K8S_DIAL_FAILED` when neither way works */
  async dial(pod: V1Pod, port: number, signal?: AbortSignal): Promise<Duplex> {
    const name = pod.metadata?.name ?? "";
    const address = pod.status?.podIP;
    if (address === undefined)
      throw new KubernetesError(`Pod ${name} has no address to connect to`, { code: "FC_K8S_DIAL_FAILED" });
    if (this.#way === "forward") return await this.#forward(name, port, signal);
    let direct: unknown;
    try {
      const socket = await connectTcp(address, port, { timeoutMs: connectMs, clock: this.#clock, signal });
      this.#way = "direct";
      return socket;
    } catch (error) {
      signal?.throwIfAborted();
      direct = error;
    }
    const text = `Pod ${name} (${address}) port ${port}: ${errorText(direct)}`;
    // A refusal came from the Pod itself: nothing listens there (yet), and no other way would change that.
    if (this.#way === "direct" || (direct as NodeJS.ErrnoException).code === "ECONNREFUSED")
      throw new KubernetesError(text, { code: "FC_K8S_DIAL_FAILED", retryable: true, cause: direct });
    try {
      const forwarded = await this.#forward(name, port, signal);
      this.#way = "forward";
      return forwarded;
    } catch (error) {
      signal?.throwIfAborted();
      throw new KubernetesError(`${text}; port-forward: ${errorText(error)}`, {
        code: "FC_K8S_DIAL_FAILED",
        retryable: true,
        cause: new AggregateError([direct, error]),
      });
    }
  }
}

/** Connects, or rejects with the system's error or after `timeoutMs`. */
export function connectTcp(
  host: string,
  port: number,
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const socket = connect({ host, port, noDelay: true });
    const settle = (): void => {
      cancel();
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
    };
    const fail = (error: Error): void => {
      settle();
      socket.on("error", () => undefined).destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(error);
    const onAbort = (): void => fail(signal?.reason as Error);
    const cancel = options.clock.after(options.timeoutMs, () =>
      fail(new Error(`no connection to ${host}:${port} within ${options.timeoutMs} ms`)),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
  });
}
