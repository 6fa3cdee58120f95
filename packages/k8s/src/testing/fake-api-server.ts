import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type FakeHandler, type FakeRequest, objectAnswer } from "./fake-answers.ts";
import { FakeObjects } from "./fake-objects.ts";
import { reviewAnswer } from "./fake-reviews.ts";

/** Speaks on a WebSocket that was opened to a subresource. */
export type FakeSocketHandler = (socket: WebSocket, request: FakeRequest) => void;

interface Rule<T> {
  readonly matches: (request: FakeRequest) => boolean;
  readonly handler: T;
}

/**
 * An API server over plain HTTP on loopback that does as it is told: objects behave as in Kubernetes (versions, preconditions,
 * paging, watch), and single requests get scripted answers. Nothing runs: a Pod is only an object.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly objects: FakeObjects = new FakeObjects();
  /** All requests so far, in order. */
  readonly requests: FakeRequest[] = [];
  /** Verbs that an access review denies: `create pods`, `list leases.coordination.k8s.io`. */
  readonly denied: Set<string> = new Set();
  /** How many connections were accepted so far. */
  connections = 0;
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly #directory: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  /** The WebSocket subprotocols that it speaks. A client that offers none of them is refused without a Status, as kubelets do. */
  webSocketProtocols: readonly string[] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered].find((name) => this.webSocketProtocols.includes(name)) ?? false,
  });
  #rules: Rule<FakeHandler>[] = [];
  #socketRules: Rule<FakeSocketHandler>[] = [];

  private constructor(server: Server, sockets: Set<Socket>, directory: string) {
    this.#server = server;
    this.#sockets = sockets;
    this.#directory = directory;
    this.kubeconfigPath = join(directory, "kubeconfig");
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<FakeApiServer> {
    const sockets = new Set<Socket>();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const directory = await mkdtemp(join(tmpdir(), "fc-fake-api-"));
    const fake = new FakeApiServer(server, sockets, directory);
    server.on("connection", (socket) => {
      fake.connections += 1;
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    server.on("request", (request, response) => {
      // A client that goes away is part of the play.
      response.on("error", () => undefined);
      void readRequest(request).then((read) => {
        fake.requests.push(read);
        const handler =
          take(fake.#rules, read) ?? reviewAnswer(read.path, fake.denied) ?? objectAnswer.bind(undefined, fake.objects);
        handler(read, response);
      });
    });
    server.on("upgrade", (request, socket: Duplex, head) => fake.#upgrade(request, socket, head));
    await writeFile(fake.kubeconfigPath, kubeconfig(fake.url), { mode: 0o600 });
    return fake;
  }

  /** The next request with this method and path (text: its end) is answered by the handler. Scripts for one path queue up. */
  next(method: string, path: string | RegExp, handler: FakeHandler): void {
    this.#rules.push({ matches: matcher(method, path), handler });
  }

  /** The next watch of this collection is answered by the handler. */
  nextWatch(path: string | RegExp, handler: FakeHandler): void {
    const matches = matcher("GET", path);
    this.#rules.push({ matches: (request) => request.query.get("watch") === "true" && matches(request), handler });
  }

  /** The next WebSocket to this path speaks so. */
  nextSocket(path: string | RegExp, handler: FakeSocketHandler): void {
    this.#socketRules.push({ matches: matcher("GET", path), handler });
  }

  /** Cuts every connection. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#webSockets.clients) socket.terminate();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const read = requestOf(request, "");
    this.requests.push(read);
    socket.on("error", () => undefined);
    const offered = String(request.headers["sec-websocket-protocol"]).split(/,\s*/);
    if (!offered.some((name) => this.webSocketProtocols.includes(name))) {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const handler = take(this.#socketRules, read);
    if (handler !== undefined) {
      this.#webSockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on("error", () => undefined);
        handler(opened, read);
      });
      return;
    }
    const message = "no WebSocket is scripted for this path";
    const body = JSON.stringify({ kind: "Status", status: "Failure", code: 403, reason: "Forbidden", message });
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
}

function take<T>(rules: Rule<T>[], request: FakeRequest): T | undefined {
  const at = rules.findIndex((rule) => rule.matches(request));
  return at < 0 ? undefined : rules.splice(at, 1)[0]?.handler;
}

function matcher(method: string, path: string | RegExp): (request: FakeRequest) => boolean {
  return (request) =>
    request.method === method && (typeof path === "string" ? request.path.endsWith(path) : path.test(request.path));
}

async function readRequest(request: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return requestOf(request, Buffer.concat(chunks).toString("utf8"));
}

function requestOf(request: IncomingMessage, body: string): FakeRequest {
  const url = new URL(request.url ?? "/", "http://fake");
  return { method: request.method ?? "", path: url.pathname, query: url.searchParams, headers: request.headers, body };
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "fake", cluster: { server } }],
    users: [{ name: "fake", user: { token: "fake-token" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "fake", namespace: "fake-namespace" } }],
    "current-context": "fake",
  });
}
