import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { holdPort } from "./held-port.ts";

export interface ProxyListenerOptions {
  readonly cert: string;
  readonly key: string;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** HTTPS on a port of 127.0.0.1 that can be refused for a while and be served again. */
export class ProxyListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #release: (() => void) | undefined;

  constructor(options: ProxyListenerOptions) {
    // The proxy adds no faults of its own: no time limit for requests, none for idle connections.
    const timeouts = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 };
    this.#server = createServer({ cert: options.cert, key: options.key, ...timeouts }, options.onRequest);
    this.#server.on("upgrade", options.onUpgrade);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true).once("close", () => this.#sockets.delete(socket));
    });
    // A client that goes away during the handshake is part of the play.
    this.#server.on("tlsClientError", () => undefined);
  }

  get port(): number {
    return this.#port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#release?.();
    this.#release = undefined;
  }

  /** Cuts what is open and refuses what comes, until it listens again. */
  async refuse(): Promise<void> {
    await this.#stop();
    this.#release = await holdPort(this.#port);
  }

  async close(): Promise<void> {
    this.#release?.();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
