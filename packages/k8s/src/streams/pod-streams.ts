import type { Duplex } from "node:stream";
import type { Clock, WrittenFile } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import { Dialer } from "./dialer.ts";
import { type ExecResult, type ExecStream, execStream, readExec } from "./exec.ts";
import { type ExecStdin, stdinProtocol, stdinRefusal } from "./exec-stdin.ts";
import { type ExecToFileLimits, fileCommand, fileSize, writeExec } from "./exec-to-file.ts";
import { openWebSocket } from "./open-websocket.ts";
import { type FollowLogsOptions, followPodLogs, type PodLogsOptions, readPodLogs } from "./pod-logs.ts";
import { portForwardDuplex } from "./port-forward.ts";

interface ExecStreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: ExecStdin | undefined;
  readonly timeoutMs?: number | undefined;
}

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
    options: ExecStreamOptions,
  ): Promise<ExecStream> {
    const name = nameOf(pod);
    const { stdin, signal, timeoutMs } = options;
    const what = execName(name, container);
    const query = new URLSearchParams([
      ["container", container],
      ...(stdin === undefined ? [] : [["stdin", "true"] as [string, string]]),
      ["stdout", "true"],
      ["stderr", "true"],
      ...argv.map((word): [string, string] => ["command", word]),
    ]);
    const socket = await openWebSocket(this.#transport, {
      path: `${this.#pods.path(name)}/exec?${query}`,
      // A command that waits for its input must not start where it could never be told that the input has ended.
      protocols: stdin === undefined ? [stdinProtocol, "v4.channel.k8s.io"] : [stdinProtocol],
      signal,
    }).catch((error: unknown) => {
      throw stdin === undefined ? error : stdinRefusal(what, error);
    });
    return execStream(socket, { what, clock: this.#clock, signal, stdin, timeoutMs });
  }

  async exec(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    options: ExecStreamOptions & { readonly maxStdoutBytes: number },
  ): Promise<ExecResult & { stdout: Buffer }> {
    const stream = await this.execStream(pod, container, argv, options);
    return await readExec(stream, options.maxStdoutBytes, execName(nameOf(pod), container));
  }

  /** Writes the output of a command to a file. */
  async execToFile(
    pod: V1Pod | string,
    container: string,
    argv: readonly string[],
    path: string,
    options: ExecStreamOptions & ExecToFileLimits,
  ): Promise<WrittenFile> {
    const stream = await this.execStream(pod, container, argv, options);
    return await writeExec(stream, path, execName(nameOf(pod), container), options);
  }

  /** Copies a file of a container to a file here; its size is checked. */
  async fetchFile(
    pod: V1Pod | string,
    container: string,
    from: string,
    path: string,
    options: ExecStreamOptions & ExecToFileLimits,
  ): Promise<WrittenFile> {
    const what = `${execName(nameOf(pod), container)}: fetching ${from}`;
    const stream = await this.execStream(pod, container, fileCommand(from), options);
    return await writeExec(stream, path, what, { ...options, expectedOf: fileSize(what) });
  }

  logs(pod: V1Pod | string, container: string | undefined, options: PodLogsOptions): Promise<string> {
    return readPodLogs({ transport: this.#transport, podPath: this.#pods.path(nameOf(pod)), container }, options);
  }

  followLogs(pod: V1Pod | string, container: string, options: FollowLogsOptions): AsyncIterable<Uint8Array> {
    const name = nameOf(pod);
    const { signal } = options;
    const uid = typeof pod === "string" ? undefined : pod.metadata?.uid;
    const ended = async (): Promise<boolean> => hasEnded(await this.#pods.get(name, { signal }), container, uid);
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
    return portForwardDuplex(socket, `port-forward to Pod ${name} port ${port}`, this.#clock);
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
