import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import type { ApiInterceptor } from "../api/http/api-interceptor.ts";
import { ActiveValues } from "../node/active-values.ts";
import { CutSocket } from "./cut-socket.ts";

/** The faults of the API that are in force, applied to every request. */
export class ApiFaults implements ApiInterceptor {
  readonly writeDelaysMs: ActiveValues = new ActiveValues();
  readonly execLimits: ActiveValues = new ActiveValues();
  readonly #clock: Clock;
  readonly #watches = new Set<ServerResponse>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  before(incoming: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    if (incoming.method === "GET") {
      if (/[?&]watch=(true|1)\b/.test(incoming.url ?? "")) this.#track(response);
      return undefined;
    }
    const delayMs = this.writeDelaysMs.largest;
    return delayMs === undefined ? undefined : this.#clock.sleep(delayMs);
  }

  upgraded(incoming: IncomingMessage, socket: Duplex): Duplex {
    const limit = this.execLimits.smallest;
    const isExec = /\/exec(\?|$)/.test(incoming.url ?? "");
    return limit === undefined || !isExec ? socket : new CutSocket(socket, limit);
  }

  /** Breaks the connection of every open watch; returns how many there were. */
  dropWatches(): number {
    const dropped = [...this.#watches];
    for (const response of dropped) response.destroy();
    return dropped.length;
  }

  #track(response: ServerResponse): void {
    this.#watches.add(response);
    response.once("close", () => this.#watches.delete(response));
  }
}
