import { connect, createServer, type Server, type Socket } from "node:net";
import { type Clock, errorText, type Logger } from "@fc/core";

export interface PortProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Where the next connection goes; undefined: nowhere any more, it is reset. */
  readonly target: () => { readonly ip: string; readonly port: number } | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a Pod may take to accept; on loopback it does so at once or not at all. */
const connectTimeoutMs = 3_000;
/** How long until a port that something else has is tried again. */
const retryMs = 1_000;

/** The kube-proxy of one Service port: a TCP listener that joins every connection with a Pod, and is there only with one. */
export class PortProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: PortProxyOptions;
  #wanted = false;
  /** Whether the log knows that it does not listen. */
  #isTold = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: PortProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#join(socket));
    this.#server.on("error", (error) => this.#failed(error));
    this.#server.on("listening", () => {
      this.#isTold = false;
      // Told to stop while it was about to listen.
      if (!this.#wanted) this.#server.close();
    });
  }

  /** Begins to listen, or stops: then connections are refused, and those that are joined go on. */
  listen(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#cancelRetry();
    if (wanted) this.#open();
    else this.#server.close();
  }

  close(): void {
    this.listen(false);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    const { port, host } = this.#options;
    if (!this.#server.listening) this.#server.listen(port, host);
  }

  #failed(error: NodeJS.ErrnoException): void {
    const { host, port, logger, clock } = this.#options;
    if (!this.#isTold) logger.warn({ host, port, error: errorText(error) }, "a Service port cannot be listened on");
    this.#isTold = true;
    this.#cancelRetry();
    // Nothing tells when whatever has the port goes, such as a program that listens on it at all addresses.
    if (this.#wanted && error.code === "EADDRINUSE") this.#cancelRetry = clock.after(retryMs, () => this.#open());
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
