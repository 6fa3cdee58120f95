import { Progress } from "@fc/core";

interface Running<T> {
  readonly result: Promise<T>;
  readonly abandoned: AbortController;
  readonly progress: Progress;
  wanting: number;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: () => void;
}

export type Work<T> = (options: WorkOptions) => Promise<T>;

/** What several want at the same time is done once. It goes on as long as one of them wants it. */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /**
   * @param key names the work
   * @param work is done unless it is under way; its signal aborts when nobody wants it any more, and who wants it hears of its progress
   * @returns what came of it. Rejects with the signal's reason when that aborts: for who wants it last, when the work has ended
   */
  async run(key: string, work: Work<T>, { signal, onProgress }: WorkOptions): Promise<T> {
    signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.wanting += 1;
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    const abort = (): void => {
      running.wanting -= 1;
      if (running.wanting > 0) {
        leave(signal.reason);
        return;
      }
      this.#forget(key, running);
      running.abandoned.abort(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await running.progress.during(onProgress, () => Promise.race([running.result, left]));
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #start(key: string, work: Work<T>): Running<T> {
    const abandoned = new AbortController();
    const progress = new Progress();
    const result = work({ signal: abandoned.signal, onProgress: () => progress.tell() });
    const running: Running<T> = { result, abandoned, progress, wanting: 0 };
    this.#running.set(key, running);
    const forget = (): void => this.#forget(key, running);
    running.result.then(forget, forget);
    return running;
  }

  #forget(key: string, running: Running<T>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
  }
}
