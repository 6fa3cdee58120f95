import { connect, createServer, type Server, type Socket } from "node:net";
import { errorText, type Logger } from "@fc/core";

export interface PortProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Where the next connection goes; undefined: nowhere any more, it is reset. */
  readonly target: () => { readonly ip: string; readonly port: number } | undefined;
  readonly logger: Logger;
}

/** How long a Pod may take to accept; on loopback it does so at once or not at all. */
const connectTimeoutMs = 3_000;

/** The kube-proxy of one Service port: a TCP listener that joins every connection with a Pod, and is there only with one. */
export class PortProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: PortProxyOptions;
  #wanted = false;

  constructor(options: PortProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#join(socket));
    this.#server.on("error", (error) => {
      const { host, port, logger } = options;
      logger.warn({ host, port, error: errorText(error) }, "a Service port cannot be listened on");
    });
    // Told to stop while it was about to listen.
    this.#server.on("listening", () => {
      if (!this.#wanted) this.#server.close();
    });
  }

  /** Begins to listen, or stops: then connections are refused, and those that are joined go on. */
  listen(wanted: boolean): void {
    const { port, host } = this.#options;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#server.listen(port, host);
    else this.#server.close();
  }

  close(): void {
    this.listen(false);
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    this.#track(client);
    const target = this.#options.target();
    if (target === undefined) return void client.resetAndDestroy();
    const pod = connect({ host: target.ip, port: target.port, allowHalfOpen: true, noDelay: true });
    this.#track(pod);
    const timer = setTimeout(() => pod.destroy(), connectTimeoutMs);
    pod.once("connect", () => clearTimeout(timer));
    pod.once("error", () => client.resetAndDestroy());
    client.once("error", () => pod.resetAndDestroy());
    pod.once("close", () => {
      clearTimeout(timer);
      client.destroySoon();
    });
    client.once("close", () => pod.destroySoon());
    client.pipe(pod);
    pod.pipe(client);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
