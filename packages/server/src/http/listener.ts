import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { FcError } from "@fc/core";
import type { TlsPair } from "./read-tls.ts";
import { urlOf } from "./url-of.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: connections are in clear. */
  readonly tls?: TlsPair | undefined;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Listener extends AsyncDisposable {
  readonly host: string;
  /** The bound port, also when 0 was asked for. */
  readonly port: number;
  /** As this machine reaches it. */
  readonly url: string;
  /** New connections get this certificate; those there are go on. Only for what was given one at first. */
  readonly renew: (tls: TlsPair) => void;
}

/**
 * Quiet connections are probed: a runtime whose machine is gone must not count as waiting for hours.
 */
const connections: ServerOptions = {
  keepAlive: true,
  keepAliveInitialDelay: 5_000,
  noDelay: true,
  requestTimeout: 0,
  headersTimeout: 30_000,
};

/**
 * Listens for HTTP, or with a certificate for HTTPS. There are no time-outs on requests: a runtime waits for its next event for hours, and an invocation answers when it is done.
 * @throws FcError `FC_SERVER_ADDRESS_UNAVAILABLE` when the address cannot be bound.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { tls } = options;
  const answer = (request: IncomingMessage, response: ServerResponse): void => void options.handle(request, response);
  const secure = tls === undefined ? undefined : createTlsServer({ ...connections, ...tls }, answer);
  const server: Server = secure ?? createServer(connections, answer);
  server.keepAliveTimeout = 65_000;
  if (options.upgrade !== undefined) server.on("upgrade", options.upgrade);
  await bound(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    host: options.host,
    port,
    url: urlOf({ host: options.host, port, isEncrypted: tls !== undefined }),
    renew: (renewed) => secure?.setSecureContext(renewed),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function bound(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === "EADDRINUSE"
          ? "another program listens there; choose another with --addr, or --addr :0"
          : error.message;
      reject(
        new FcError("FC_SERVER_ADDRESS_UNAVAILABLE", `Cannot listen on ${host}:${port}: ${hint}`, {
          fault: "user",
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
