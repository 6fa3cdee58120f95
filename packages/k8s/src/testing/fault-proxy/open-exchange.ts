import type { Clock } from "@fc/core";
import type { ActiveFault } from "./active-fault.ts";
import type { FaultExchange } from "./fault.ts";
import type { ForwardedStream } from "./forwarded-stream.ts";
import type { ProxiedRequest } from "./proxied-request.ts";

/** How the client is answered, which differs for requests and upgrades. */
export interface ClientSide {
  readonly answer: (httpStatus: number, headers: Readonly<Record<string, string>>, body: string) => void;
  /** Ends the connection. */
  readonly drop: () => void;
}

/** One request on its way through the proxy, from its head to the end of its last stream. */
export class OpenExchange {
  readonly request: ProxiedRequest;
  readonly webSocket: boolean;
  readonly upgrade: boolean;
  readonly #client: ClientSide;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  #active: ActiveFault | undefined;
  #streams: { readonly toClient: ForwardedStream; readonly toServer: ForwardedStream | undefined } | undefined;

  constructor(options: {
    readonly request: ProxiedRequest;
    readonly upgradeTo: string | undefined;
    readonly client: ClientSide;
    readonly clock: Clock;
    readonly fault: ActiveFault | undefined;
  }) {
    this.request = options.request;
    this.upgrade = options.upgradeTo !== undefined;
    this.webSocket = options.upgradeTo?.toLowerCase() === "websocket";
    this.#client = options.client;
    this.#clock = options.clock;
    this.#active = options.fault;
  }

  /** Aborts when the exchange is over or the client has gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether its answer has begun and goes on. */
  get streaming(): boolean {
    return this.#streams !== undefined;
  }

  /** Lets the fault's hook act; false when nothing is left to do after it. */
  async passes(hook: "onRequest" | "onAnswer"): Promise<boolean> {
    const active = this.#active;
    const act = active?.fault[hook];
    if (active === undefined || act === undefined) return true;
    const exchange: FaultExchange = {
      ...{ request: this.request, webSocket: this.webSocket, clock: this.#clock },
      lifted: AbortSignal.any([active.lifted, this.gone]),
      answer: (httpStatus, headers, body) =>
        this.#client.answer(httpStatus, { "Content-Type": "application/json", ...headers }, body),
      drop: () => this.drop(),
    };
    return (await act(exchange)) && !this.gone.aborted;
  }

  /** Its streams begin. */
  begin(toClient: ForwardedStream, toServer?: ForwardedStream): void {
    this.#streams = { toClient, toServer };
    this.#attach();
  }

  /** A fault that was injected while the exchange is open. */
  meet(active: ActiveFault): void {
    const { fault } = active;
    const shapes = fault.toClient !== undefined || fault.toServer !== undefined;
    if (!this.streaming || !shapes || fault.fromStart === true || !active.take(this.request)) return;
    this.#active = active;
    this.#attach();
  }

  drop(): void {
    this.#client.drop();
    this.end();
  }

  end(): void {
    this.#gone.abort();
  }

  #attach(): void {
    const active = this.#active;
    if (active === undefined || this.#streams === undefined) return;
    const { toClient, toServer } = this.#streams;
    if (active.fault.toClient !== undefined) toClient.attach(active.fault.toClient, active.lifted, this.gone);
    if (active.fault.toServer !== undefined) toServer?.attach(active.fault.toServer, active.lifted, this.gone);
  }
}
