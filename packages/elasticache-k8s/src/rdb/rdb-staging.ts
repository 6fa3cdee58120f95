import { randomBytes, timingSafeEqual } from "node:crypto";
import type { RdbSource } from "./rdb-source.ts";

/** A staged RDB: what a restore step needs to fetch it once. */
export interface StagedRdb {
  readonly id: string;
  /** Bearer token, good for one download of this entry only. */
  readonly token: string;
}

/** RDB files that wait for the restore step of one Pod each. Holds no bytes, only where they are. */
export class RdbStaging {
  readonly #entries = new Map<string, { readonly token: Buffer; readonly source: RdbSource }>();
  readonly #random: (bytes: number) => Buffer;

  constructor(options: { readonly random?: (bytes: number) => Buffer } = {}) {
    this.#random = options.random ?? randomBytes;
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  /** Offers `source` under a random id. The one who stages drops it, whatever happens. */
  stage(source: RdbSource): StagedRdb {
    const id = this.#random(16).toString("hex");
    const token = this.#random(32);
    this.#entries.set(id, { token, source });
    return { id, token: token.toString("base64url") };
  }

  /** The bytes, once: a second call with the same token gives nothing. A wrong token changes nothing. */
  take(id: string, token: string): AsyncIterable<Uint8Array> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const given = Buffer.from(token, "base64url");
    if (given.length !== entry.token.length || !timingSafeEqual(given, entry.token)) return undefined;
    this.#entries.delete(id);
    return entry.source.open();
  }

  /** Forgets an entry; absent is fine. */
  drop(id: string): void {
    this.#entries.delete(id);
  }
}
