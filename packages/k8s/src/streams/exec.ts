import { Readable } from "node:stream";
import { type Clock, deferred, errorText, FcError } from "@fc/core";
import type WebSocket from "ws";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { exitCodeOf } from "./exec-status.ts";
import { type ExecStdin, sendStdin } from "./exec-stdin.ts";
import { keepAlive } from "./keep-alive.ts";
import { TailBuffer } from "./tail-buffer.ts";

/** How a command ended. */
export interface ExecResult {
  readonly exitCode: number;
  /** `exitCode` is 0. */
  readonly success: boolean;
  /** At most the last 64 KiB. */
  readonly stderr: string;
}

/** A command that runs. `stdout` must be read: what is not read is not sent. */
export interface ExecStream {
  readonly stdout: Readable;
  /** Rejects when the stream ends without a status, whatever was read of stdout by then. */
  readonly result: Promise<ExecResult>;
}

const stderrLimit = 64 * 1024;

/**
 * Demultiplexes an exec WebSocket (channels 0 stdin, 1 stdout, 2 stderr, 3 status). What happened is decided when the socket closes:
 * without a status it is an error, however the socket closed.
 */
export function execStream(
  socket: WebSocket,
  options: {
    readonly what: string;
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
    readonly stdin?: ExecStdin | undefined;
    readonly timeoutMs?: number | undefined;
  },
): ExecStream {
  const { what, signal, stdin, clock, timeoutMs } = options;
  const result = deferred<ExecResult>();
  const stderr = new TailBuffer(stderrLimit);
  const status: Buffer[] = [];
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    socket.terminate();
  };
  const stdout = new Readable({
    read: () => socket.resume(),
    destroy: (error, callback) => {
      if (!stdout.readableEnded) fail(error ?? failed(what, "the reader gave up"));
      callback(error);
    },
  });
  // The result tells of the same error; nobody has to listen to both.
  stdout.on("error", () => undefined);
  const onAbort = (): void => fail(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const stopTimers = [
    keepAlive(socket, clock, () => fail(failed(what, "the connection is dead: no pong"))),
    ...(timeoutMs === undefined ? [] : [clock.after(timeoutMs, () => fail(overdue(what, timeoutMs)))]),
  ];

  socket.on("message", (data: Buffer) => {
    const payload = data.subarray(1);
    // Zero-length payloads are normal; channels we do not know are none of ours.
    if (payload.length === 0) return;
    if (data[0] === 1 && !stdout.push(payload)) socket.pause();
    else if (data[0] === 2) stderr.push(payload);
    else if (data[0] === 3) status.push(payload);
  });
  socket.on("error", (error) => fail(failed(what, error.message, error)));
  socket.on("close", (code: number) => {
    for (const stop of stopTimers) stop();
    signal?.removeEventListener("abort", onAbort);
    try {
      if (failure !== undefined) throw failure;
      if (status.length === 0)
        throw failed(what, `the stream ended without a status (WebSocket close ${code}): output may be missing`);
      const exitCode = exitCodeOf(Buffer.concat(status).toString("utf8"), what);
      result.resolve({ exitCode, success: exitCode === 0, stderr: stderr.toString() });
      stdout.push(null);
    } catch (error) {
      result.reject(error);
      stdout.destroy(error as Error);
    }
  });
  if (stdin !== undefined)
    sendStdin(socket, stdin).catch((error: unknown) =>
      fail(failed(what, `its input failed: ${errorText(error)}`, error)),
    );
  socket.resume();
  return { stdout, result: result.promise };
}

/** Reads all of stdout, at most `maxBytes`. */
export async function readExec(
  stream: ExecStream,
  maxBytes: number,
  what: string,
): Promise<ExecResult & { stdout: Buffer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream.stdout as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        const error = failed(what, `the output is larger than ${maxBytes} bytes`);
        stream.stdout.destroy(error);
        throw error;
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (KubernetesError.is(error)) throw error;
    await stream.result;
    throw error;
  }
  return { ...(await stream.result), stdout: Buffer.concat(chunks, size) };
}

/** An error of the stream itself: the command may have run all the same. */
export function failed(what: string, how: string, cause?: unknown): KubernetesError {
  return new KubernetesError(`${what}: ${how}`, { code: "FC_K8S_EXEC_FAILED", retryable: true, cause });
}

function overdue(what: string, timeoutMs: number): FcError {
  return new FcError("FC_DEADLINE_EXCEEDED", `${what}: not done within ${timeoutMs} ms`, {
    retryable: true,
    details: { timeoutMs },
  });
}
