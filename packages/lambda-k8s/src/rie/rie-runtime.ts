import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import type { Invocation } from "@fc/lambda/backend";
import type { Poll, RuntimeSession } from "@fc/lambda/runtime-api";
import { rieVerdict } from "./rie-answer.ts";
import type { RieLog } from "./rie-log.ts";

/** Where the emulator listens. */
export const riePort = 8080;
const path = "/2015-03-31/functions/function/invocations";
const redialMs = 50;

export interface RieRuntimeOptions {
  readonly session: RuntimeSession;
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  readonly log: RieLog;
  readonly clock: Clock;
}

/**
 * Speaks for a runtime behind the Runtime Interface Emulator: what a runtime asks of the Runtime API by itself, this asks for it.
 * An open connection to the emulator is what a runtime's waiting request is, so that an event for a lost one counts as not delivered.
 */
export class RieRuntime implements Poll {
  readonly #options: RieRuntimeOptions;
  #connection: Duplex | undefined;
  /** The session holds this as a waiting runtime. */
  #waiting = false;
  #answered: () => void = () => undefined;
  #invocations = 0;
  #signal: AbortSignal = AbortSignal.abort();

  constructor(options: RieRuntimeOptions) {
    this.#options = options;
  }

  /** Serves the session until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    while (!signal.aborted) {
      const connection = await this.#connect();
      if (connection === undefined) return;
      const over = new Promise<void>((resolve) => {
        this.#answered = resolve;
        connection.once("close", () => {
          // While an event is on its way the answer is what counts.
          if (this.#connection === connection) resolve();
        });
      });
      this.#connection = connection;
      if (!this.#waiting) {
        this.#waiting = true;
        this.#options.session.next(this);
      }
      await over;
      connection.destroy();
    }
  }

  deliver(invocation: Invocation): boolean {
    this.#waiting = false;
    const connection = this.#connection;
    if (connection === undefined || connection.destroyed) return false;
    this.#connection = undefined;
    this.#invocations += 1;
    void this.#exchange(connection, invocation).finally(() => this.#answered());
    return true;
  }

  drop(): void {
    this.#connection?.destroy();
  }

  async #connect(): Promise<Duplex | undefined> {
    const { dial, clock } = this.#options;
    while (!this.#signal.aborted) {
      const connection = await dial(this.#signal).catch(() => undefined);
      if (connection !== undefined) {
        this.#signal.addEventListener("abort", () => connection.destroy(), { once: true });
        return connection;
      }
      // Nothing listens yet. The session limits how long that may last.
      await clock.sleep(redialMs, this.#signal).catch(() => undefined);
    }
    return undefined;
  }

  async #exchange(connection: Duplex, invocation: Invocation): Promise<void> {
    const { session, log } = this.#options;
    const { requestId } = invocation;
    let answer: { readonly status: number; readonly body: Uint8Array };
    try {
      answer = await post(connection, invocation);
    } catch {
      session.connectionLost();
      return;
    }
    await log.reached(this.#invocations, this.#signal);
    const verdict = rieVerdict(answer.status, answer.body, requestId);
    if (verdict.kind === "completed") session.complete(requestId, verdict.completion);
    else if (verdict.kind === "exited")
      session.environmentEnded({
        reason: "exited",
        detail: `the emulator answered ${answer.status}`,
        ...(verdict.exitCode === undefined ? {} : { exitCode: verdict.exitCode }),
      });
    else await session.ended;
  }
}

function post(
  connection: Duplex,
  invocation: Invocation,
): Promise<{ readonly status: number; readonly body: Uint8Array }> {
  const { payload, traceId, clientContext } = invocation;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => connection,
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        "content-length": payload.byteLength,
        ...(traceId === undefined ? {} : { "x-amzn-trace-id": traceId }),
        ...(clientContext === undefined
          ? {}
          : { "x-amz-client-context": Buffer.from(clientContext).toString("base64") }),
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      read(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    request.end(payload);
  });
}

async function read(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
