import { setTimeout as delay } from "node:timers/promises";
import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { Redis } from "ioredis";
import type { Tally } from "./tally.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface CacheLoadOptions {
  readonly name: string;
  /** Whether what a replica has acknowledged must stay. */
  readonly durable: boolean;
  /** The primary endpoint, as Describe has it now. */
  readonly find: (client: ElastiCacheClient) => Promise<Address>;
}

const timeoutMs = 3_000;
/** Until an endpoint leads to an engine again. */
const longestAbsenceMs = 60_000;

/** Writes keys, each once, and reads them again. What comes back is what was written; what a replica has acknowledged comes back always. */
export class CacheLoad {
  readonly name: string;
  readonly durable: boolean;
  readonly #find: CacheLoadOptions["find"];
  readonly #known: number[] = [];
  readonly #wrong: string[] = [];
  #redis: Redis | undefined;
  #count = 0;
  #synced = false;
  /** Of the times between two denials. */
  #era = 0;

  constructor({ name, durable, find }: CacheLoadOptions) {
    this.name = name;
    this.durable = durable;
    this.#find = find;
  }

  /** Keys that must be there. */
  get acknowledged(): number {
    return this.#known.length;
  }

  get wrong(): readonly string[] {
    return this.#wrong;
  }

  /** Whether a replica has all since this was last denied: only then one node may be lost. */
  get synced(): boolean {
    return this.#synced;
  }

  deny(): void {
    this.#synced = false;
    this.#era += 1;
  }

  /** All data are gone for a good reason. */
  forget(): void {
    this.#known.length = 0;
    this.deny();
  }

  /** One write and one read. Rejects with what a client sees. */
  async step(client: ElastiCacheClient, chance: () => number, tally: Tally): Promise<void> {
    try {
      this.#redis ??= await this.#connect(client);
      this.#count += 1;
      const written = this.#count;
      const era = this.#era;
      await this.#redis.set(`k${written}`, String(written));
      if (!this.durable) this.#known[0] = written;
      else if ((await this.#redis.wait(1, 1_000)) >= 1) {
        // What began before does not tell of now: its data may be gone, its replica another one.
        if (era === this.#era) this.#synced = true;
        this.#known.push(written);
      } else tally.add("not yet replicated");
      const wanted = this.#known[Math.floor(chance() * this.#known.length)];
      if (wanted !== undefined) await this.#look(this.#redis, wanted);
      tally.add("right");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads all that must be there. A node that was just lost may close connections for a while: until its place is taken, it begins again. */
  async checkAll(client: ElastiCacheClient): Promise<void> {
    const until = performance.now() + longestAbsenceMs;
    for (;;)
      try {
        this.close();
        this.#redis = await this.#connect(client);
        for (const wanted of this.#known) await this.#look(this.#redis, wanted);
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
        await delay(200);
      }
  }

  close(): void {
    this.#redis?.disconnect();
    this.#redis = undefined;
  }

  async #look(redis: Redis, wanted: number): Promise<void> {
    const found = await redis.get(`k${wanted}`);
    // A single node may come back empty.
    if (found === String(wanted) || (found === null && !this.durable)) return;
    this.#wrong.push(`${this.name}: k${wanted} is ${found}`);
  }

  async #connect(client: ElastiCacheClient): Promise<Redis> {
    const options = { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false };
    const timeouts = { connectTimeout: timeoutMs, commandTimeout: timeoutMs };
    const redis = new Redis({ ...(await this.#find(client)), ...options, ...timeouts });
    const failed = new Promise<never>((_resolve, reject) => redis.on("error", reject));
    failed.catch(() => undefined);
    await Promise.race([redis.connect(), failed]);
    return redis;
  }
}
