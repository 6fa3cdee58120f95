import { Progress, Semaphore } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";

/** What this process knows of a node that it was asked to run. */
export class CacheNode {
  readonly nodeKey: string;
  /** What is wanted now. */
  spec: CacheNodeSpec;
  /** The Pod behind the Service, once the engine has answered. */
  pod: V1Pod | undefined;
  /** True while a replacement is under way: the loss has been seen. */
  replacing = false;
  /** Set by delete: whoever wants the node again waits for this first. */
  deleting: Promise<void> | undefined;
  /** Tells whoever waits for the node of the pull of its image. */
  readonly progress: Progress = new Progress();
  readonly #ending = new AbortController();
  readonly #turn = new Semaphore(1);
  #working = 0;

  constructor(spec: CacheNodeSpec) {
    this.nodeKey = spec.nodeKey;
    this.spec = spec;
  }

  /** Aborted when the node is deleted or the backend closes. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether it is being worked on, or waits to be: which Pods belong to it is then not decided. */
  get busy(): boolean {
    return this.#working > 0;
  }

  /** Ends all work on the node. */
  end(reason: Error): void {
    this.#ending.abort(reason);
  }

  /** Runs `work` alone: one change of a node at a time. Its signal aborts with the caller's and with {@link end}. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const either = signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
    this.#working += 1;
    try {
      return await this.#turn.run(() => {
        either.throwIfAborted();
        return work(either);
      }, either);
    } finally {
      this.#working -= 1;
    }
  }

  /** Resolves when no work is under way; call it after {@link end}. */
  idle(): Promise<void> {
    return this.#turn.run(() => Promise.resolve());
  }
}

/** Runs `work`; meanwhile `onProgress` hears of the images that are pulled for these nodes. */
export function withProgress<T>(
  nodes: readonly CacheNode[],
  onProgress: (() => void) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const all = nodes.reduce(
    (inner, { progress }) =>
      () =>
        progress.during(onProgress, inner),
    work,
  );
  return all();
}
