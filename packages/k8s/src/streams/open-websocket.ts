import type { IncomingMessage } from "node:http";
import { errorText } from "@fc/core";
import type WebSocket from "ws";
import { errorFromAnswer, KubernetesError } from "../errors/kubernetes-error.ts";
import { type HttpTransport, userAgent } from "../transport/http-transport.ts";

const handshakeTimeoutMs = 10_000;
const maxPayload = 16 * 1024 * 1024;
const refusalLimit = 64 * 1024;

/**
 * Opens a WebSocket to a subresource. Frames that come before the caller listens are not lost: the socket is paused.
 * @throws KubernetesError with the server's Status when it refuses the upgrade
 */
export async function openWebSocket(
  transport: HttpTransport,
  options: { readonly path: string; readonly protocols: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<WebSocket> {
  const { signal } = options;
  const [{ WebSocket: Socket }, { credentials, agent }] = await Promise.all([
    import("ws"),
    transport.connection(signal),
  ]);
  signal?.throwIfAborted();
  const base = credentials.server.href.replace(/^http/, "ws").replace(/\/$/, "");
  const what = `GET ${options.path.split("?")[0]} (WebSocket)`;
  const socket = new Socket(base + options.path, [...options.protocols], {
    agent,
    headers: { ...credentials.headers, "User-Agent": userAgent },
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload,
    skipUTF8Validation: true,
  });
  socket.binaryType = "nodebuffer";
  return await new Promise<WebSocket>((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.terminate();
      reject(error as Error);
    };
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.on("error", (error) =>
      fail(new KubernetesError(`${what}: ${errorText(error)}`, { retryable: true, cause: error })),
    );
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      if (response.statusCode === 401) transport.invalidateCredentials();
      void refusal(what, response).then(fail);
    });
    socket.once("open", () => {
      signal?.removeEventListener("abort", onAbort);
      socket.pause();
      resolve(socket);
    });
  });
}

async function refusal(what: string, response: IncomingMessage): Promise<KubernetesError> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > refusalLimit) break;
    }
  } catch {
    // The status line alone says enough.
  }
  return errorFromAnswer(what, {
    httpStatus: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString("utf8"),
  });
}
