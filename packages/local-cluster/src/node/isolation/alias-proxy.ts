import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** The place of /etc/hosts where there is none: a loopback port that forwards HTTP and gives it the alias as Host. */
export interface AliasProxy {
  readonly port: number;
  close(): void;
}

/** Forwards to `target`, as if the client had called `http://<alias>:<target.port>/`. Upgrades and trailers pass. */
export async function startAliasProxy(alias: string, target: { ip: string; port: number }): Promise<AliasProxy> {
  // One connection above per connection below: a request may stay open for minutes.
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const forward = (message: IncomingMessage): ReturnType<typeof request> =>
    request({
      host: target.ip,
      port: target.port,
      method: message.method,
      path: message.url,
      headers: { ...message.headers, host: `${alias}:${target.port}` },
      agent,
    });
  const sockets = new Set<Duplex>();
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (message, response) =>
    relay(message, response, forward(message)),
  );
  server.on("upgrade", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    relayUpgrade(message, socket, head, forward(message));
  });
  await listen(server);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve());
  });
}

function relay(message: IncomingMessage, response: ServerResponse, upstream: ReturnType<typeof request>): void {
  // A broken end breaks the other: the client must see that its request failed, not an ordered end.
  upstream.on("error", () => response.destroy());
  response.on("close", () => {
    if (!response.writableFinished) upstream.destroy();
  });
  message.on("data", (chunk: Buffer) => {
    if (!upstream.write(chunk)) message.pause();
  });
  upstream.on("drain", () => message.resume());
  message.on("end", () => {
    if (message.rawTrailers.length > 0) upstream.addTrailers(pairs(message.rawTrailers));
    upstream.end();
  });
  upstream.on("response", (answer) => {
    // Whether the connection is kept is agreed with each side on its own: an HTTP/1.0 client waits for its end.
    const own = pairs(answer.rawHeaders).filter(([name]) => !/^(connection|keep-alive)$/i.test(name));
    response.writeHead(answer.statusCode ?? 502, own.flat());
    answer.on("error", () => response.destroy());
    answer.pipe(response);
  });
}

function relayUpgrade(
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: ReturnType<typeof request>,
): void {
  socket.on("error", () => upstream.destroy());
  upstream.on("error", () => socket.destroy());
  upstream.on("response", () => socket.destroy());
  upstream.on("upgrade", (answer, above: Duplex, first: Buffer) => {
    const lines = pairs(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage ?? ""}\r\n${lines.join("")}\r\n`);
    if (first.length > 0) socket.write(first);
    if (head.length > 0) above.write(head);
    above.on("error", () => socket.destroy());
    above.on("close", () => socket.destroy());
    socket.on("close", () => above.destroy());
    socket.pipe(above);
    above.pipe(socket);
  });
  upstream.end();
  message.resume();
}

function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) result.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return result;
}
