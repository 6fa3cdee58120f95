import { type BlobStore, errorText, type Logger } from "@fc/core";
import type { SnapshotRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import type { StoredBytes } from "../state/transition-records.ts";

/** The names of a snapshot's bytes. */
export function namesOf({ parts }: Pick<SnapshotRecord, "parts">): string[] {
  return parts.flatMap(({ bytes }) => bytes?.sha256 ?? []);
}

/**
 * Deletes snapshot bytes that nothing names any more. The references are the records themselves, so they cannot drift: snapshots,
 * and creations that still restore. While a snapshot is being written no bytes are deleted, because equal content has the same name
 * and is recorded only afterwards.
 */
export class SnapshotBytes {
  readonly #state: State;
  readonly #blobs: BlobStore;
  readonly #logger: Logger;
  readonly #released = new Set<string>();
  #writers = 0;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(state: State, blobs: BlobStore, logger: Logger) {
    this.#state = state;
    this.#blobs = blobs;
    this.#logger = logger;
  }

  /** Runs `write`, which stores bytes, and then `record`, which names them, with no deletion in between. Gives what is recorded. */
  async write(write: () => Promise<StoredBytes>, record: (bytes: StoredBytes) => void): Promise<StoredBytes> {
    this.#writers += 1;
    try {
      await this.#sweeping;
      // Backends may know more of them than is to be kept.
      const { sha256, sizeBytes } = await write();
      const bytes: StoredBytes = { sha256, sizeBytes };
      // Named in the record or not, the last look at it decides.
      this.#released.add(sha256);
      record(bytes);
      return bytes;
    } finally {
      this.#writers -= 1;
      await this.#sweep();
    }
  }

  /** Tells that references went away; the bytes go when they were the last ones. */
  release(...names: readonly string[]): Promise<void> {
    for (const sha256 of names) this.#released.add(sha256);
    return this.#sweep();
  }

  /** Deletes all that nothing names: what processes left that died. To be called before anything is written. */
  async removeUnnamed(): Promise<void> {
    try {
      await this.release(...((await this.#blobs.list?.()) ?? []));
    } catch (error) {
      this.#logger.warn({ error: errorText(error) }, "the bytes of snapshots could not be looked through");
    }
  }

  #sweep(): Promise<void> {
    const sweep = async (): Promise<void> => {
      for (const sha256 of this.#released) {
        if (this.#writers > 0) return;
        if (!this.#isReferenced(sha256)) await this.#blobs.delete(sha256);
        this.#released.delete(sha256);
      }
    };
    const report = (error: unknown): void =>
      // They stay in the set: the next sweep tries them again.
      this.#logger.error({ error: errorText(error) }, "bytes of deleted snapshots could not be removed yet");
    this.#sweeping = this.#sweeping.then(sweep).catch(report);
    return this.#sweeping;
  }

  #isReferenced(sha256: string): boolean {
    const is = (bytes: StoredBytes | undefined): boolean => bytes?.sha256 === sha256;
    const { snapshots, clusters, groups, serverlessSnapshots, serverlessCaches } = this.#state;
    return (
      serverlessSnapshots.all().some(({ bytes }) => is(bytes)) ||
      serverlessCaches.all().some(({ transition }) => transition?.kind === "create" && is(transition.restore)) ||
      snapshots.all().some(({ parts }) => parts.some(({ bytes }) => is(bytes))) ||
      clusters.all().some(({ transition }) => transition?.kind === "create" && is(transition.restore)) ||
      groups
        .all()
        .some(({ transition }) => transition?.kind === "create" && Object.values(transition.restore ?? {}).some(is))
    );
  }
}
