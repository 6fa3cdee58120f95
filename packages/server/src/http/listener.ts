import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { FcError } from "@fc/core";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Listener extends AsyncDisposable {
  readonly host: string;
  /** The bound port, also when 0 was asked for. */
  readonly port: number;
}

/**
 * Listens for HTTP. There are no time-outs on requests: a runtime waits for its next event for hours, and an invocation answers when it is done.
 * @throws FcError `FC_SERVER_ADDRESS_UNAVAILABLE` when the address cannot be bound.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer(
    // Quiet connections are probed: a runtime whose machine is gone must not count as waiting for hours.
    { keepAlive: true, keepAliveInitialDelay: 5_000, noDelay: true, requestTimeout: 0, headersTimeout: 30_000 },
    (request, response) => void options.handle(request, response),
  );
  server.keepAliveTimeout = 65_000;
  if (options.upgrade !== undefined) server.on("upgrade", options.upgrade);
  await bound(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    host: options.host,
    port,
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
