import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, deferred, errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { KubernetesError } from "../errors/kubernetes-error.ts";

const connectMs = 1_500;
/** A port-forward to a port where nothing listens says so well within this time. */
const quietMs = 500;

export interface DialerOptions {
  readonly forward: (name: string, port: number, signal?: AbortSignal) => Promise<Duplex>;
  readonly clock: Clock;
  readonly connect?: typeof connectTcp;
}

/** Opens TCP connections to Pods, the way that works from where we are. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #connect: typeof connectTcp;
  /** What worked first is what works: a laptop does not move into the cluster. */
  #way: "unknown" | "direct" | "forward" = "unknown";

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#connect = options.connect ?? connectTcp;
  }

  /** @throws KubernetesError `FC_K8S_DIAL_FAILED` when neither way works */
  async dial(pod: V1Pod, port: number, signal?: AbortSignal): Promise<Duplex> {
    const name = pod.metadata?.name ?? "";
    const address = pod.status?.podIP;
    if (address === undefined)
      throw new KubernetesError(`Pod ${name} has no address to connect to`, { code: "FC_K8S_DIAL_FAILED" });
    if (this.#way === "forward") return await this.#options.forward(name, port, signal);
    const text = `Pod ${name} (${address}) port ${port}`;
    try {
      const socket = await this.#connect(address, port, { timeoutMs: connectMs, clock: this.#options.clock, signal });
      this.#way = "direct";
      return socket;
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#way === "direct") throw dialError(text, [error]);
      return await this.#otherWay(name, port, signal, text, error);
    }
  }

  async #otherWay(
    name: string,
    port: number,
    signal: AbortSignal | undefined,
    text: string,
    direct: unknown,
  ): Promise<Duplex> {
    try {
      const stream = await this.#options.forward(name, port, signal);
      // A refusal may come from the Pod, where nothing listens yet, or from a firewall on the way: the forwarded
      // connection tells, since the node refuses it soon in the first case.
      if ((direct as NodeJS.ErrnoException).code === "ECONNREFUSED") await this.#staysOpen(stream);
      this.#way = "forward";
      return stream;
    } catch (error) {
      signal?.throwIfAborted();
      throw dialError(text, [direct, error]);
    }
  }

  async #staysOpen(stream: Duplex): Promise<void> {
    const verdict = deferred();
    const cancel = this.#options.clock.after(quietMs, () => verdict.resolve());
    const onReadable = (): void => verdict.resolve();
    stream.once("error", verdict.reject).once("readable", onReadable);
    try {
      await verdict.promise;
    } finally {
      cancel();
      stream.off("error", verdict.reject).off("readable", onReadable);
    }
  }
}

function dialError(text: string, causes: readonly [unknown, unknown?]): KubernetesError {
  const [direct, forward] = causes;
  const other = forward === undefined ? "" : `; port-forward: ${errorText(forward)}`;
  return new KubernetesError(`${text}: ${errorText(direct)}${other}`, {
    code: "FC_K8S_DIAL_FAILED",
    retryable: true,
    cause: forward === undefined ? direct : new AggregateError([direct, forward]),
  });
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
