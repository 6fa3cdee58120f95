import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

/** An HTTP proxy on loopback that opens tunnels (CONNECT, RFC 9110 9.3.6) and remembers where to. */
export class ConnectProxy implements AsyncDisposable {
  readonly targets: string[] = [];
  readonly url: string;
  readonly #server: Server;
  readonly #ends = new Set<Duplex>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connect", (request, socket, head) => this.#tunnel(request.url ?? "", socket, head));
  }

  static async start(): Promise<ConnectProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ConnectProxy(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #tunnel(target: string, socket: Duplex, head: Buffer): void {
    this.targets.push(target);
    const { hostname, port } = new URL(`http://${target}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) {
      this.#ends.add(end);
      end.on("error", () => undefined).on("close", () => this.#ends.delete(end));
    }
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
  }
}
