import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import { Dialer } from "./dialer.ts";
import { type ExecResult, type ExecStream, execStream, readExec } from "./exec.ts";
import { openWebSocket } from "./open-websocket.ts";
import { followPodLogs, type PodLogsOptions, readPodLogs } from "./pod-logs.ts";
import { portForwardDuplex } from "./port-forward.ts";

/** The streaming subresources of Pods. */
export class PodStreams {
  readonly #transport: HttpTransport;
  readonly #pods: ResourceClient<V1Pod>;
  readonly #clock: Clock;
  readonly #dialer: Dialer;

  constructor(options: {
    readonly transport: HttpTransport;
    readonly pods: ResourceClient<V1Pod>;
    readonly clock: Clock;
  }) {
    this.#transport = options.transport;
    this.#pods = options.pods;
    this.#clock = options.clock;
    this.#dialer = new Dialer({
      clock: options.clock,
      forward: (name, port, signal) => this.#forward(name, port, signal),
    });
  }

  async execStream(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<ExecStream> {
    const name = nameOf(pod);
    const query = new URLSearchParams([
      ["container", container],
      ["stdout", "true"],
      ["stderr", "true"],
      ...argv.map((word): [string, string] => ["command", word]),
    ]);
    const socket = await openWebSocket(this.#transport, {
      path: `${this.#pods.path(name)}/exec?${query}`,
      protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"],
      signal: options.signal,
    });
    return execStream(socket, { what: execName(name, container), clock: this.#clock, signal: options.signal });
  }

  async exec(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: { readonly signal: AbortSignal; readonly maxStdoutBytes: number },
  ): Promise<ExecResult & { stdout: Buffer }> {
    const stream = await this.execStream(pod, container, argv, options);
    return await readExec(stream, options.maxStdoutBytes, execName(nameOf(pod), container));
  }

  logs(pod: V1Pod | string, container: string | undefined, options: PodLogsOptions): Promise<string> {
    return readPodLogs({ transport: this.#transport, podPath: this.#pods.path(nameOf(pod)), container }, options);
  }

  followLogs(
    pod: V1Pod | string,
    container: string,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array> {
    const name = nameOf(pod);
    const uid = typeof pod === "string" ? undefined : pod.metadata?.uid;
    const ended = async (): Promise<boolean> => hasEnded(await this.#pods.get(name, options), container, uid);
    return followPodLogs(
      { transport: this.#transport, podPath: this.#pods.path(name), container },
      { ...options, clock: this.#clock, ended },
    );
  }

  dial(pod: V1Pod, port: number, signal: AbortSignal | undefined): Promise<Duplex> {
    return this.#dialer.dial(pod, port, signal);
  }

  async #forward(name: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    const socket = await openWebSocket(this.#transport, {
      path: `${this.#pods.path(name)}/portforward?ports=${port}`,
      protocols: ["v4.channel.k8s.io"],
      signal,
    });
    return portForwardDuplex(socket, `port-forward to Pod ${name} port ${port}`);
  }
}

function hasEnded(pod: V1Pod | undefined, container: string, uid: string | undefined): boolean {
  if (pod === undefined || (uid !== undefined && pod.metadata?.uid !== uid)) return true;
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return true;
  const status = pod.status?.containerStatuses?.find((entry) => entry.name === container);
  return status?.state?.terminated !== undefined && pod.spec?.restartPolicy === "Never";
}

function execName(pod: string, container: string): string {
  return `exec in Pod ${pod}, container ${container}`;
}

function nameOf(pod: V1Pod | string): string {
  return typeof pod === "string" ? pod : (pod.metadata?.name ?? "");
}
