import { Readable } from "node:stream";
import type WebSocket from "ws";
import { KubernetesError } from "../errors/kubernetes-error.ts";

/** What a command reads from its standard input. Taken no faster than the command reads. */
export type ExecStdin = string | Uint8Array | AsyncIterable<Uint8Array>;

/** The subprotocol that can tell a command that its input has ended; before it, only the whole connection could be closed. */
export const stdinProtocol = "v5.channel.k8s.io";

const stdinChannel = 0;
const endOfStdin: Buffer = Buffer.of(0xff, stdinChannel);
const frameBytes = 64 * 1024;

/**
 * Sends all of `stdin` and then its end. A command may end without having read it all: then the rest is given up. Rejects with
 * what `stdin` throws.
 */
export async function sendStdin(socket: WebSocket, stdin: ExecStdin): Promise<void> {
  const source = typeof stdin === "string" || stdin instanceof Uint8Array ? [Buffer.from(stdin)] : stdin;
  const readable = source instanceof Readable ? source : Readable.from(source);
  const onClose = (): void => void readable.destroy();
  socket.once("close", onClose);
  try {
    for await (const chunk of readable as AsyncIterable<Uint8Array>)
      for (let at = 0; at < chunk.length; at += frameBytes)
        await send(socket, Buffer.concat([Buffer.of(stdinChannel), chunk.subarray(at, at + frameBytes)]));
    await send(socket, endOfStdin);
  } catch (error) {
    if (socket.readyState === socket.OPEN) throw error;
  } finally {
    socket.off("close", onClose);
    readable.destroy();
  }
}

/** Resolves when the frame has left: the peer's window is what holds a fast sender back. */
function send(socket: WebSocket, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(frame, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

/** The error of a handshake for a command with input: a server that does not know the subprotocol refuses it without a Status. */
export function stdinRefusal(what: string, error: unknown): unknown {
  if (!KubernetesError.is(error) || error.status !== undefined) return error;
  const refused = error.httpStatus === 400 || error.httpStatus === 403 || /subprotocol/i.test(error.message);
  if (!refused) return error;
  return new KubernetesError(
    `${what}: the server does not speak ${stdinProtocol}, without which a command cannot be told where its input ends: Kubernetes 1.30 or newer is needed`,
    { code: "FC_K8S_EXEC_STDIN_UNSUPPORTED", retryable: false, cause: error },
  );
}
