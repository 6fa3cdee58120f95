import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import { EnvironmentSession } from "./environment-session.ts";
import { parseGatePath, serveCourier, serveGate, serveLogs, serveSupervisor } from "./gate-routes.ts";
import { answerError } from "./http-answer.ts";
import { listenUntil } from "./own-listener.ts";
import { serveRuntime } from "./runtime-routes.ts";
import type { RuntimeSession, SessionOptions } from "./runtime-session.ts";
import { serveTelemetry } from "./telemetry-routes.ts";

export interface RuntimeApiOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Makes ids of environments: unguessable, 1 to 60 of `[a-z0-9]`. Default: 32 random hexadecimal digits. */
  readonly newId?: () => string;
}

/**
 * The AWS Lambda Runtime API (2018-06-01) for many environments behind one listener, and the gate through which an environment
 * gets its code. A runtime is known by the name that it dials (`<id>.rt`), an environment's gate by its token. After the
 * gate was used, only the same peer may speak for the environment.
 *
 * The HTTP server that feeds it should have all timeouts off (runtimes wait for hours) and `noDelay` on; see
 * {@link listenerOptions}.
 */
export class RuntimeApi {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #newId: () => string;
  readonly #byHost = new Map<string, EnvironmentSession>();
  readonly #byToken = new Map<string, EnvironmentSession>();
  readonly #peers = new Map<string, string>();

  constructor(options: RuntimeApiOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#newId = options.newId ?? (() => randomBytes(16).toString("hex"));
  }

  /**
   * Expects a new environment. Its session is forgotten when it ends.
   * @param options the function; without, the environment waits at its gate until the session is assigned one
   */
  open(options?: SessionOptions): RuntimeSession {
    const identity = { id: this.#newId(), token: randomBytes(24).toString("hex"), initRequestId: randomUUID() };
    const session = new EnvironmentSession(identity, options, this.#clock);
    this.#byHost.set(session.hostName, session);
    this.#byToken.set(session.token, session);
    void session.finished.then(() => {
      this.#byHost.delete(session.hostName);
      this.#byToken.delete(session.token);
      this.#peers.delete(session.id);
    });
    return session;
  }

  /**
   * Listens for one environment alone, on a port of this machine: for a process that cannot dial the session's name. It listens until
   * the session has finished.
   * @returns what the environment needs as its `AWS_LAMBDA_RUNTIME_API`
   */
  listen(session: RuntimeSession): Promise<string> {
    return listenUntil(session.finished, (request, response) => this.#handle(request, response, session.hostName));
  }

  /** Whether a request is for this API, when it shares a listener with another one. */
  accepts(request: IncomingMessage): boolean {
    return hostName(request).endsWith(".rt") || parseGatePath(request.url) !== undefined;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#handle(request, response, hostName(request));
  }

  #handle(request: IncomingMessage, response: ServerResponse, dialled: string): void {
    this.#serve(request, response, dialled).catch((error: unknown) => {
      this.#logger.warn({ url: redactToken(request.url), error: errorText(error) }, "A Runtime API request failed");
      if (!response.headersSent) answerError(response, 500, "InternalError", "The request failed");
      else response.destroy();
    });
  }

  /**
   * The long connections of a gate: `GET /gate/<token>/logs/<direct or relay>` with `Upgrade: fc-logs`,
   * `GET /gate/<token>/supervisor` with `Upgrade: fc-supervisor`, `GET /gate/<token>/courier` with `Upgrade: fc-courier`, `GET /gate/<token>/telemetry/<number>` with `Upgrade: fc-telemetry`.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    socket.on("error", () => socket.destroy());
    const path = parseGatePath(request.url);
    const session = path === undefined ? undefined : this.#byToken.get(path.token);
    const operation = `${path?.what} ${request.headers.upgrade?.toLowerCase()}`;
    const known = path !== undefined && session !== undefined;
    if (known && operation === "logs fc-logs") serveLogs(session, path, socket, head);
    else if (known && operation === "supervisor fc-supervisor") serveSupervisor(session, socket);
    else if (known && operation === "courier fc-courier") serveCourier(session, socket);
    else if (known && operation === "telemetry fc-telemetry") serveTelemetry(session, path, socket);
    else socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }

  /** Ends every session. */
  [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#byHost.values()) session.close();
    return Promise.resolve();
  }

  async #serve(request: IncomingMessage, response: ServerResponse, dialled: string): Promise<void> {
    const path = parseGatePath(request.url);
    if (path !== undefined) {
      const session = this.#byToken.get(path.token);
      if (session === undefined) return answerError(response, 403, "Forbidden", "This gate is not known");
      this.#peers.set(session.id, peer(request));
      return await serveGate(session, path, request, response);
    }
    const session = this.#byHost.get(dialled);
    if (session === undefined) return answerError(response, 403, "Forbidden", "This environment is not known");
    const expected = this.#peers.get(session.id) ?? peer(request);
    // A runtime that needed no gate is known by where it spoke from first.
    this.#peers.set(session.id, expected);
    if (expected !== peer(request))
      return answerError(response, 403, "Forbidden", "This environment speaks from another address");
    await serveRuntime(session, request, response);
  }
}

function hostName(request: IncomingMessage): string {
  return (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
}

/** The peer's address. All loopback addresses are one: local environments have several. */
function peer(request: IncomingMessage): string {
  const remote = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return remote.startsWith("127.") || remote === "::1" ? "loopback" : remote;
}

function redactToken(url: string | undefined): string | undefined {
  return url?.replace(/^(\/gate\/)[^/]+/, "$1***");
}
