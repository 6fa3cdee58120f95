import type { EventSources } from "../event-sources/event-sources.ts";
import type { Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { MappingRecord } from "../state/mapping-records.ts";
import { type MappingWorker, startMappingWorker } from "./mapping-worker.ts";

/** Owns the workers: one per enabled mapping. The record says what is wanted; `reconcile` makes it so. */
export class MappingWorkers {
  readonly sources: EventSources;
  readonly #parts: LambdaParts;
  readonly #workers = new Map<string, MappingWorker>();
  #stopped = false;

  constructor(parts: LambdaParts, sources: EventSources) {
    this.#parts = parts;
    this.sources = sources;
  }

  /** Takes up every mapping that is stored: starts the enabled ones, finishes those that were changing. */
  recover(): void {
    for (const { key } of this.#parts.records.mappings.list()) this.reconcile(key);
  }

  /** Brings the worker of a changed mapping in line with its record, in the background. */
  reconcile(key: string): void {
    const account = this.#parts.records.mappings.get(key)?.account ?? "";
    this.#parts.background.run(account, "an event source mapping", async () => {
      await this.#end(key);
      const record = this.#parts.records.mappings.get(key);
      if (record === undefined || this.#stopped) return;
      const { background, records } = this.#parts;
      if (record.state === "Deleting")
        return await background.store("the end of an event source mapping", () => this.#forget(record));
      if (record.enabled) await this.#start(key, record);
      await background.store("the state of an event source mapping", () => {
        const current = records.mappings.get(key);
        if (current !== undefined)
          records.mappings.set(key, { ...current, state: record.enabled ? "Enabled" : "Disabled" });
      });
      if (records.mappings.get(key) === undefined) await this.#end(key);
    });
  }

  /** Forgets the mappings of one account, or all; resolves when their workers have ended. */
  async clear(matches: (home: Home) => boolean): Promise<void> {
    const cleared = this.#parts.records.mappings.list().filter(({ value }) => matches(value));
    for (const { value } of cleared) this.#forget(value);
    await Promise.all(cleared.map(({ key }) => this.#end(key)));
  }

  /** Ends every worker; the mappings stay for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#workers.keys()].map((key) => this.#end(key)));
  }

  async #start(key: string, record: MappingRecord): Promise<void> {
    const worker = startMappingWorker(this.#parts, this.sources, record);
    this.#workers.set(key, worker);
    await worker.opened;
  }

  async #end(key: string): Promise<void> {
    const worker = this.#workers.get(key);
    this.#workers.delete(key);
    await worker?.stop();
  }

  #forget(record: MappingRecord): void {
    const { mappings, shards, transaction } = this.#parts.records;
    transaction(() => {
      for (const { key } of shards.list(prefixOf(record, record.id))) shards.delete(key);
      mappings.delete(keyOf(record, record.id));
    });
  }
}
