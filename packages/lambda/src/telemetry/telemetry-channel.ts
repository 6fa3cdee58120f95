import type { Duplex } from "node:stream";
import { type Deferred, deferred } from "@fc/core";
import type { TelemetryDestination } from "./subscription.ts";

/** Seconds that a listener may take to answer a batch. */
const answerSeconds = 5;
/** A line that is longer is none of ours. */
const maxLineLength = 1_024;

/** What became of one batch: taken, not taken (worth another attempt), or refused by the listener with a status. */
export type DeliveryOutcome = "taken" | "failed" | { readonly status: number };

/**
 * The way to one listener inside an environment: a connection that its courier (see `Courier`) holds open, and on which it takes
 * `<http or tcp> <port> <bytes> <seconds>`, a line, and that many bytes, which go to the listener as they are. The answer is a line: the
 * listener's HTTP status line; `ok` (tcp); `refused` when nobody listens; `silent` when nobody answers in time. One batch at a time.
 */
export class TelemetryChannel {
  readonly #open: () => void;
  #socket: Duplex | undefined;
  #attached: Deferred<Duplex> | undefined;
  #answer: Deferred<string> | undefined;
  #line = "";

  /** @param open asks the courier to dial */
  constructor(open: () => void) {
    this.#open = open;
  }

  /** The courier has dialled. */
  attach(socket: Duplex): void {
    this.#socket = socket;
    this.#line = "";
    socket.on("data", (chunk: Uint8Array) => this.#take(Buffer.from(chunk).toString("latin1")));
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#answer?.resolve("closed");
    });
    this.#attached?.resolve(socket);
    this.#attached = undefined;
  }

  /** Delivers one batch, events as JSON. Waits for the courier; never rejects. */
  async deliver(events: readonly string[], destination: TelemetryDestination): Promise<DeliveryOutcome> {
    const socket = await this.#connected();
    const request = destination.protocol === "TCP" ? lines(events) : httpRequest(events, destination);
    const answer = deferred<string>();
    this.#answer = answer;
    socket.write(`${destination.protocol.toLowerCase()} ${destination.port} ${request.byteLength} ${answerSeconds}\n`);
    socket.write(request);
    return outcomeOf(await answer.promise);
  }

  #connected(): Promise<Duplex> {
    if (this.#socket?.writable === true) return Promise.resolve(this.#socket);
    if (this.#attached !== undefined) return this.#attached.promise;
    const attached = deferred<Duplex>();
    this.#attached = attached;
    this.#open();
    return attached.promise;
  }

  #take(text: string): void {
    const [line, ...rest] = `${this.#line}${text}`.split("\n");
    if (rest.length === 0) {
      this.#line = (line ?? "").slice(0, maxLineLength);
      return;
    }
    this.#line = rest.join("\n");
    this.#answer?.resolve((line ?? "").trim());
    this.#answer = undefined;
  }
}

function outcomeOf(answer: string): DeliveryOutcome {
  const status = Number(/^HTTP\/\d\.\d (\d{3})/.exec(answer)?.[1]);
  if (answer === "ok" || (status >= 200 && status < 400)) return "taken";
  return status >= 400 ? { status } : "failed";
}

/** TCP: JSON, an event a line. */
function lines(events: readonly string[]): Uint8Array {
  return Buffer.from(events.map((event) => `${event}\n`).join(""));
}

function httpRequest(
  events: readonly string[],
  { method, path, port }: Extract<TelemetryDestination, { protocol: "HTTP" }>,
): Uint8Array {
  const body = Buffer.from(`[${events.join(",")}]`);
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: sandbox.localdomain:${port}`,
    "Content-Type: application/json",
    `Content-Length: ${body.byteLength}`,
    "Connection: close",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}
