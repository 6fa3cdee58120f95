import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, errorText, FcError, type Logger, withDeadline } from "@fc/core";
import { errorFromAnswer, KubernetesError } from "../errors/kubernetes-error.ts";
import { version } from "../version.ts";
import { AgentPool } from "./agent-pool.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { type RateLimit, RequestGate } from "./request-gate.ts";
import { isIdempotent, parseRetryAfter, retryDelayMs, retryLimits } from "./retry.ts";

export const userAgent: string = `fc-k8s/${version}`;

export interface TransportRequest {
  readonly method: string;
  /** Path with query, below the server's base path. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Is told of every request as it is sent; must not throw, and not take long. */
export interface RequestObserver {
  /** An answer came, of whatever status; undefined: there was none. A watch or a log counts once it is open. */
  answered(method: string, httpStatus: number | undefined): void;
  /** A request is about to be sent again, after an answer or a loss that a new try may mend. */
  retried(method: string): void;
}

export interface TransportResponse {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Milliseconds: until the answer's headers, and until a unary answer is complete. */
export interface TransportTimeouts {
  readonly headersMs: number;
  readonly unaryMs: number;
}

export const defaultTimeouts: TransportTimeouts = { headersMs: 10_000, unaryMs: 30_000 };

/** HTTP to the API server over pooled connections: deadlines, safe retries, and errors that carry the server's Status. */
export class HttpTransport {
  readonly clock: Clock;
  readonly #credentials: CredentialSource;
  readonly #pool = new AgentPool();
  readonly #gate: RequestGate;
  readonly #logger: Logger;
  readonly #timeouts: TransportTimeouts;
  readonly #observer: RequestObserver | undefined;
  #serverTimeOffsetMs = 0;

  constructor(options: {
    readonly credentials: CredentialSource;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly timeouts?: TransportTimeouts;
    readonly rateLimit?: RateLimit;
    readonly observer?: RequestObserver | undefined;
  }) {
    this.#credentials = options.credentials;
    this.#gate = new RequestGate(options.rateLimit ?? {}, options.clock);
    this.clock = options.clock;
    this.#logger = options.logger;
    this.#observer = options.observer;
    this.#timeouts = options.timeouts ?? defaultTimeouts;
  }

  /**
   * Sends a request and reads the whole answer.
   * @throws KubernetesError for every answer of 400 and above, and when there is none
   */
  send(request: TransportRequest): Promise<TransportResponse> {
    return this.repeat(request, () => this.#gate.run(() => this.#sendOnce(request), request.signal));
  }

  /** Does what the request asks for, and again as often as that is safe and may help: five times within 15 s, at most. */
  async repeat<T>(
    request: Pick<TransportRequest, "method" | "headers" | "signal">,
    attemptOnce: () => Promise<T>,
  ): Promise<T> {
    const started = this.clock.now();
    const idempotent = isIdempotent(request.method, request.headers?.["Content-Type"]);
    let refreshed = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce();
      } catch (error) {
        request.signal?.throwIfAborted();
        if (isRefusal(error) && !refreshed) {
          refreshed = true;
          this.#credentials.invalidate();
          continue;
        }
        const delay = retryDelayMs(idempotent, error, attempt);
        if (delay === undefined || this.clock.now() + delay - started > retryLimits.totalMs) throw error;
        this.#logger.debug(
          { attempt, delayMs: Math.round(delay), error: errorText(error) },
          "kubernetes request retried",
        );
        await this.clock.sleep(delay, request.signal);
        this.#observer?.retried(request.method);
      }
    }
  }

  /**
   * Opens an answer that is read as it comes (watch, log). Sent once, and again when credentials are refused that may have been
   * replaced; the caller's signal ends it.
   * @throws KubernetesError for every answer of 400 and above, and when there is none
   */
  async open(request: TransportRequest): Promise<IncomingMessage> {
    try {
      return await this.#openOnce(request);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#credentials.invalidate();
      return await this.#openOnce(request);
    }
  }

  /** What a connection of its own needs (a WebSocket), when one may be opened. */
  async connection(signal?: AbortSignal): Promise<{ readonly credentials: Credentials; readonly agent: Agent }> {
    await this.#gate.pass(signal);
    const credentials = await this.#credentials.get();
    return { credentials, agent: this.#pool.fresh(credentials) };
  }

  /** The time as the API server sees it, to a second, by the Date of its last answer. */
  serverTime(): Date {
    return new Date(this.clock.now() + this.#serverTimeOffsetMs);
  }

  close(): void {
    this.#pool.close(true);
  }

  async #openOnce(request: TransportRequest): Promise<IncomingMessage> {
    await this.#gate.pass(request.signal);
    const response = await this.#answer(request, request.signal);
    if ((response.statusCode ?? 0) < 400) return response;
    const body = await readBody(response, 64 * 1024);
    throw this.#refusal(request, response, body);
  }

  async #sendOnce(request: TransportRequest): Promise<TransportResponse> {
    const what = nameOf(request);
    const work = async (signal: AbortSignal): Promise<TransportResponse> => {
      const response = await this.#answer(request, signal);
      const body = await readBody(response).catch((error: unknown) => {
        throw unreachable(what, error);
      });
      const date = Date.parse(response.headers.date ?? "");
      if (!Number.isNaN(date)) this.#serverTimeOffsetMs = date - this.clock.now();
      const httpStatus = response.statusCode ?? 0;
      if (httpStatus >= 400) throw this.#refusal(request, response, body);
      return { httpStatus, headers: flat(response), body };
    };
    try {
      return await withDeadline(
        { timeoutMs: this.#timeouts.unaryMs, what, signal: request.signal, clock: this.clock },
        work,
      );
    } catch (error) {
      throw FcError.isInstance(error, "FC_DEADLINE_EXCEEDED") ? unreachable(what, error) : error;
    }
  }

  async #answer(request: TransportRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const credentials = await this.#credentials.get();
    const { server } = credentials;
    const options = {
      method: request.method,
      hostname: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port === "" ? (server.protocol === "http:" ? 80 : 443) : server.port,
      path: server.pathname.replace(/\/$/, "") + request.path,
      agent: this.#pool.for(credentials),
      headers: {
        Accept: "application/json",
        ...request.headers,
        ...credentials.headers,
        "User-Agent": userAgent,
        ...(request.body !== undefined && { "Content-Length": String(Buffer.byteLength(request.body)) }),
      },
      ...(signal !== undefined && { signal }),
    };
    const outgoing = (server.protocol === "http:" ? httpRequest : httpsRequest)(options);
    return await new Promise<IncomingMessage>((resolve, reject) => {
      let cancel = (): void => undefined;
      outgoing.once("socket", () => {
        cancel = this.clock.after(this.#timeouts.headersMs, () =>
          outgoing.destroy(new Error(`no answer within ${this.#timeouts.headersMs} ms`)),
        );
      });
      outgoing.once("response", (response) => {
        cancel();
        this.#observer?.answered(request.method, response.statusCode);
        resolve(response);
      });
      outgoing.on("error", (error) => {
        cancel();
        if (signal?.aborted === true) return reject(signal.reason as Error);
        this.#credentials.expire();
        this.#observer?.answered(request.method, undefined);
        reject(unreachable(nameOf(request), error));
      });
      outgoing.end(request.body);
    });
  }

  #refusal(request: TransportRequest, response: IncomingMessage, body: Buffer): KubernetesError {
    return errorFromAnswer(nameOf(request), {
      httpStatus: response.statusCode ?? 0,
      body: body.toString("utf8"),
      retryAfterMs: parseRetryAfter(response.headers["retry-after"], this.clock.now()),
    });
  }
}

async function readBody(response: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}

function flat(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

/** Method and path without the query: what is named in messages. */
function nameOf(request: TransportRequest): string {
  return `${request.method} ${request.path.split("?")[0]}`;
}

function isRefusal(error: unknown): boolean {
  return KubernetesError.is(error) && error.httpStatus === 401;
}

/** The error for a request that got no answer. */
export function unreachable(what: string, cause: unknown): KubernetesError {
  const errno = (cause as NodeJS.ErrnoException).code;
  return new KubernetesError(`${what}: no answer from the Kubernetes API: ${errorText(cause)}`, {
    retryable: true,
    ...(errno !== undefined && { details: { errno } }),
    cause,
  });
}
