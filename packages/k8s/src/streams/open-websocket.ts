import type { IncomingMessage } from "node:http";
import type WebSocket from "ws";
import { errorFromAnswer, type KubernetesError } from "../errors/kubernetes-error.ts";
import { type HttpTransport, unreachable, userAgent } from "../transport/http-transport.ts";
import { parseRetryAfter } from "../transport/retry.ts";

const handshakeMs = 10_000;
const maxPayload = 16 * 1024 * 1024;
const refusalLimit = 64 * 1024;

interface WebSocketOptions {
  readonly path: string;
  readonly protocols: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a WebSocket to a subresource. Asked for again only when the server cannot have begun: what is run there must not run
 * twice. Frames that come before the caller listens are not lost: the socket is paused.
 * @throws KubernetesError with the server's Status when it refuses the upgrade
 */
export function openWebSocket(transport: HttpTransport, options: WebSocketOptions): Promise<WebSocket> {
  return transport.repeat({ method: "POST", signal: options.signal }, () => openOnce(transport, options));
}

async function openOnce(transport: HttpTransport, options: WebSocketOptions): Promise<WebSocket> {
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
    perMessageDeflate: false,
    maxPayload,
    skipUTF8Validation: true,
  });
  socket.binaryType = "nodebuffer";
  return await new Promise<WebSocket>((resolve, reject) => {
    const settle = (): void => {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.terminate();
      reject(error as Error);
    };
    const onAbort = (): void => fail(signal?.reason);
    const cancel = transport.clock.after(handshakeMs, () =>
      fail(unreachable(what, new Error(`no answer within ${handshakeMs} ms`))),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.on("error", (error) => fail(unreachable(what, error)));
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      void refusal(what, response, transport.clock.now()).then(fail);
    });
    socket.once("open", () => {
      settle();
      socket.pause();
      resolve(socket);
    });
  });
}

async function refusal(what: string, response: IncomingMessage, nowMs: number): Promise<KubernetesError> {
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
    retryAfterMs: parseRetryAfter(response.headers["retry-after"], nowMs),
  });
}
