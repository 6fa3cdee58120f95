import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import type { KubeConfig } from "@kubernetes/client-node";
import { findCluster } from "../../config/find-cluster.ts";
import { KubernetesError } from "../../errors/kubernetes-error.ts";
import { CredentialSource } from "../../transport/credentials.ts";
import { HttpTransport } from "../../transport/http-transport.ts";
import { ActiveFault, type InjectedFault } from "./active-fault.ts";
import { type ClientAccess, createClientAccess } from "./client-access.ts";
import { type Fault, type FaultMatch, matches } from "./fault.ts";
import { forwardRequest } from "./forward-request.ts";
import { forwardUpgrade, httpHead } from "./forward-upgrade.ts";
import { type ClientSide, OpenExchange } from "./open-exchange.ts";
import { type ProxiedRequest, proxiedRequest } from "./proxied-request.ts";
import { ProxyListener } from "./proxy-listener.ts";
import { Upstream } from "./upstream.ts";

export interface FaultProxyOptions {
  /** Path of the kubeconfig of the cluster behind the proxy. */
  readonly kubeconfig: string;
  /** Default: its current one. */
  readonly context?: string;
  readonly logger?: Logger;
  /** For delays and slow streams only. */
  readonly clock?: Clock;
}

/** What goes through the proxy. */
export interface FaultProxyCounters {
  /** Requests so far, by RBAC's verb. */
  readonly requests: Readonly<Record<string, number>>;
  readonly openConnections: number;
  /** Requests whose answer is not complete, streams among them. */
  readonly openRequests: number;
  readonly openWatches: number;
  /** Execs, attaches and port-forwards. */
  readonly openUpgrades: number;
}

/** A time without API server. Disposing it ends it. */
export interface Outage extends AsyncDisposable {
  /** The API server is back, at the same address. */
  lift(): Promise<void>;
}

/**
 * Stands in front of a cluster and does nothing, until it is told of a fault. Clients use its kubeconfig; the cluster sees the
 * user of the kubeconfig behind it.
 */
export class FaultProxy implements AsyncDisposable {
  /** A kubeconfig (mode 0600) that leads through the proxy, with the context's namespace. */
  readonly kubeconfigPath: string;
  /** All requests so far, in order, those that a fault met included. */
  readonly requests: ProxiedRequest[] = [];
  readonly #access: ClientAccess;
  readonly #upstream: Upstream;
  readonly #listener: ProxyListener;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #exchanges = new Set<OpenExchange>();
  #faults: ActiveFault[] = [];

  private constructor(options: {
    readonly access: ClientAccess;
    readonly upstream: Upstream;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#access = options.access;
    this.kubeconfigPath = options.access.kubeconfigPath;
    this.#upstream = options.upstream;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#listener = new ProxyListener({
      cert: options.access.cert,
      key: options.access.key,
      onRequest: (request, response) => this.#onRequest(request, response),
      onUpgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
    });
  }

  /**
   * Starts on a free port of 127.0.0.1. It serves HTTPS with a certificate authority of its own, and talks to the cluster with
   * the kubeconfig's credentials, whatever those are.
   *
   * @throws KubernetesError `FC_K8S_CONNECT_FAILED` when the kubeconfig cannot be used or its cluster does not answer
   */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const { kubeconfig, context, logger = silentLogger, clock = systemClock } = options;
    const node = await import("../../config/client-node.ts");
    const sources = { kubeconfig, context, environment: {} };
    const found = await findCluster(sources, node.parseYaml);
    const newConfig = (): KubeConfig => new node.KubeConfig();
    const credentials = new CredentialSource(found, { newConfig, clock: systemClock, logger });
    await ensureAnswers(credentials, kubeconfig);
    const access = await createClientAccess(systemClock.now());
    const proxy = new FaultProxy({ access, upstream: new Upstream(credentials), clock, logger });
    await proxy.#listener.listen();
    await access.writeKubeconfig(proxy.#listener.port, found.namespace);
    return proxy;
  }

  /**
   * From now on the fault meets every request that matches, and the streams that are open; at most `times` of them, or until it
   * is lifted. Of several faults that match, a request meets the one that was injected first.
   */
  inject(fault: Fault, match: FaultMatch & { readonly times?: number } = {}): InjectedFault {
    const active = new ActiveFault(fault, match, match.times ?? Number.POSITIVE_INFINITY);
    this.#faults = [...this.#faults.filter(({ lifted }) => !lifted.aborted), active];
    for (const exchange of this.#exchanges) exchange.meet(active);
    return active;
  }

  /** Cuts the connections of open requests and streams that match. Returns how many those were. */
  cut(match: FaultMatch = {}): number {
    const open = [...this.#exchanges].filter(({ request }) => matches(match, request));
    for (const exchange of open) exchange.drop();
    return open.length;
  }

  /** The API server is away: connections are cut, new ones refused. */
  async outage(): Promise<Outage> {
    await this.#listener.refuse();
    let lifted: Promise<void> | undefined;
    const lift = (): Promise<void> => {
      lifted ??= this.#listener.listen();
      return lifted;
    };
    return { lift, [Symbol.asyncDispose]: lift };
  }

  get counters(): FaultProxyCounters {
    const requests: Record<string, number> = {};
    for (const { verb } of this.requests) requests[verb] = (requests[verb] ?? 0) + 1;
    const streaming = [...this.#exchanges].filter((exchange) => exchange.streaming);
    return {
      requests,
      openConnections: this.#listener.openConnections,
      openRequests: this.#exchanges.size,
      openWatches: streaming.filter(({ request }) => request.verb === "watch").length,
      openUpgrades: streaming.filter(({ upgrade }) => upgrade).length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const fault of this.#faults) fault.lift();
    for (const exchange of this.#exchanges) exchange.drop();
    await this.#listener.close();
    await this.#access.remove();
  }

  #onRequest(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const exchange = this.#open(incoming, {
      answer: (httpStatus, headers, body) => outgoing.writeHead(httpStatus, headers).end(body),
      drop: () => incoming.socket.destroy(),
    });
    if (exchange === undefined) return;
    // A client that goes away is part of the play.
    outgoing.on("error", () => undefined).once("close", () => this.#over(exchange));
    this.#attend(exchange, forwardRequest(exchange, this.#upstream, this.#clock, incoming, outgoing));
  }

  #onUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => undefined);
    const exchange = this.#open(incoming, {
      answer: (httpStatus, headers, body) => {
        const framing = { "Content-Length": String(Buffer.byteLength(body)), Connection: "close" };
        socket.end(httpHead(httpStatus, STATUS_CODES[httpStatus] ?? "", { ...headers, ...framing }) + body);
      },
      drop: () => socket.destroy(),
    });
    if (exchange === undefined) return;
    socket.once("close", () => this.#over(exchange));
    this.#attend(exchange, forwardUpgrade(exchange, this.#upstream, this.#clock, { incoming, socket, head }));
  }

  /** Undefined when it is none of the proxy's clients. */
  #open(incoming: IncomingMessage, client: ClientSide): OpenExchange | undefined {
    if (incoming.headers.authorization !== this.#access.authorization) {
      const message = "the fault proxy takes only clients with its own kubeconfig";
      const status = {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        code: 401,
        reason: "Unauthorized",
        message,
      };
      client.answer(401, { "Content-Type": "application/json" }, JSON.stringify(status));
      return undefined;
    }
    const request = proxiedRequest(incoming);
    this.requests.push(request);
    const fault = this.#faults.find((active) => active.take(request));
    const upgradeTo = incoming.headers.upgrade;
    const exchange = new OpenExchange({ request, upgradeTo, client, clock: this.#clock, fault });
    this.#exchanges.add(exchange);
    return exchange;
  }

  /** The cluster's own failures are passed on as what they are to a client: a connection that ends. */
  #attend(exchange: OpenExchange, forwarded: Promise<void>): void {
    forwarded.catch((error: unknown) => {
      if (exchange.gone.aborted) return;
      const { method, path } = exchange.request;
      this.#logger.warn(
        { method, path, error: errorText(error) },
        "the cluster broke off what the fault proxy passed on",
      );
      exchange.drop();
    });
  }

  #over(exchange: OpenExchange): void {
    exchange.end();
    this.#exchanges.delete(exchange);
  }
}

/** A cluster that is not there must not look like a fault. Any answer will do. */
async function ensureAnswers(credentials: CredentialSource, kubeconfig: string): Promise<void> {
  const transport = new HttpTransport({ credentials, clock: systemClock, logger: silentLogger });
  try {
    await transport.send({ method: "GET", path: "/version" });
  } catch (error) {
    if (KubernetesError.is(error) && error.httpStatus !== undefined) return;
    throw new KubernetesError(`the cluster of ${kubeconfig} does not answer: ${errorText(error)}`, {
      code: "FC_K8S_CONNECT_FAILED",
      cause: error,
    });
  } finally {
    transport.close();
  }
}
