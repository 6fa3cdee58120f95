import { randomBytes } from "node:crypto";
import type { Clock } from "@fc/core";

const lifetimeMs = 10 * 60_000;

/** What `Code.Location` leads to: random, short-lived names of zips. They die with the process, as a signed URL would expire. */
export class Downloads {
  readonly #clock: Clock;
  readonly #tickets = new Map<
    string,
    { readonly sha256: string; readonly sizeBytes: number; readonly until: number }
  >();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The URL of a zip, good for ten minutes. */
  location(endpoint: string, code: { readonly sha256: string; readonly sizeBytes: number }): string {
    const now = this.#clock.now();
    for (const [token, ticket] of this.#tickets) {
      if (ticket.until > now) break;
      this.#tickets.delete(token);
    }
    const token = randomBytes(32).toString("hex");
    this.#tickets.set(token, { sha256: code.sha256, sizeBytes: code.sizeBytes, until: now + lifetimeMs });
    return `${endpoint}/_fakecloud/lambda/download/${token}`;
  }

  /** What a token stands for; undefined when it was never given out or is too old. */
  find(token: string): { readonly sha256: string; readonly sizeBytes: number } | undefined {
    const ticket = this.#tickets.get(token);
    return ticket === undefined || ticket.until <= this.#clock.now() ? undefined : ticket;
  }
}
