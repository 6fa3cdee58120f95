import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CertificateAuthority, KeyPair } from "@fc/core/certificates";
import type { FakeApiServer } from "../src/testing/index.ts";

/** HTTPS and authentication in front of a fake API server: bearer tokens and client certificates, as told. */
export class TlsFront implements AsyncDisposable {
  /** Tokens that are accepted. */
  readonly tokens: Set<string> = new Set();
  /** Common names of client certificates that are accepted. */
  readonly clients: Set<string> = new Set();
  /** As whom each request came: `token x`, `client x`, `nobody`. */
  readonly callers: string[] = [];
  connections = 0;
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(behind: FakeApiServer, authority: CertificateAuthority): Promise<TlsFront> {
    const server = createServer({ ...material(authority), requestCert: true, rejectUnauthorized: false });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const front = new TlsFront(server);
    server.on("secureConnection", (socket) => {
      front.connections += 1;
      front.#sockets.add(socket);
      socket.on("close", () => front.#sockets.delete(socket));
    });
    server.on("request", (incoming, response) => {
      if (front.#admits(incoming)) forward(behind, incoming, response);
      else refuse(response);
    });
    return front;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** From now on another authority's certificate is shown and asked for, as after a renewal of the cluster's CA. */
  replaceAuthority(authority: CertificateAuthority): void {
    this.#server.setSecureContext({ ...material(authority) });
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #admits(incoming: IncomingMessage): boolean {
    const token = /^Bearer (.*)$/.exec(incoming.headers.authorization ?? "")?.[1];
    const socket = incoming.socket as TLSSocket;
    const client = socket.authorized ? String(socket.getPeerCertificate().subject?.CN) : undefined;
    this.callers.push(token !== undefined ? `token ${token}` : client !== undefined ? `client ${client}` : "nobody");
    return (token !== undefined && this.tokens.has(token)) || (client !== undefined && this.clients.has(client));
  }
}

function material(authority: CertificateAuthority): { cert: string; key: string; ca: string } {
  const issued: KeyPair = authority.issue({ commonName: "api", usage: "server", names: ["127.0.0.1", "localhost"] });
  return { cert: issued.certificate, key: issued.key, ca: authority.certificate };
}

function forward(behind: FakeApiServer, incoming: IncomingMessage, response: ServerResponse): void {
  const outgoing = request(new URL(incoming.url ?? "/", behind.url), {
    method: incoming.method ?? "GET",
    headers: incoming.headers,
    agent: false,
  });
  outgoing.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  incoming.pipe(outgoing);
}

function refuse(response: ServerResponse): void {
  const body = { kind: "Status", status: "Failure", code: 401, reason: "Unauthorized", message: "Unauthorized" };
  response.writeHead(401, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
