import { type Clock, errorText, FcError, type Logger } from "@fc/core";

const shortestWaitMs = 250;
const longestWaitMs = 10_000;

interface Task {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Background work by key: one task of a key at a time, in order. It is what owns every transient status. */
export class TaskRunner {
  readonly #tasks = new Map<string, Set<Task>>();
  readonly #logger: Logger;
  readonly #clock: Clock;
  #stopped = false;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Runs `work` after the key's earlier tasks, and again as long as the disk is too full for what it stores. With `preempt` those are aborted first. After {@link stop} nothing runs. */
  run(key: string, work: (signal: AbortSignal) => Promise<void>, options: { readonly preempt?: boolean } = {}): void {
    if (this.#stopped) return;
    const tasks = this.#tasks.get(key) ?? new Set<Task>();
    this.#tasks.set(key, tasks);
    const earlier = [...tasks];
    if (options.preempt === true) for (const task of earlier) task.controller.abort(new Error("superseded"));
    const controller = new AbortController();
    const done = Promise.all(earlier.map((task) => task.done))
      .then(() => this.#untilStored(key, work, controller.signal))
      .catch((error: unknown) => this.#logger.error({ key, error: errorText(error) }, "background task failed"))
      .then(() => {
        tasks.delete(task);
        if (tasks.size === 0 && this.#tasks.get(key) === tasks) this.#tasks.delete(key);
      });
    const task: Task = { controller, done };
    tasks.add(task);
  }

  /** Work begins again from the records, as after a restart. */
  async #untilStored(key: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let waitMs = shortestWaitMs; !signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        return await work(signal);
      } catch (error) {
        if (signal.aborted || !FcError.isInstance(error) || !error.retryable) throw error;
        this.#logger.warn({ key, error: errorText(error) }, "a background task waits, to be done again");
        await this.#clock.sleep(waitMs, signal).catch(() => undefined);
      }
    }
  }

  /** Aborts the tasks of the keys and resolves when they have ended. */
  async abort(isMine: (key: string) => boolean): Promise<void> {
    const tasks = [...this.#tasks].filter(([key]) => isMine(key)).flatMap(([, set]) => [...set]);
    for (const task of tasks) task.controller.abort(new Error("stopped"));
    await Promise.all(tasks.map((task) => task.done));
  }

  /** Resolves when no task of the keys is left, those included that tasks started. */
  async idle(isMine: (key: string) => boolean = () => true): Promise<void> {
    for (;;) {
      const tasks = [...this.#tasks].filter(([key]) => isMine(key)).flatMap(([, set]) => [...set]);
      if (tasks.length === 0) return;
      await Promise.all(tasks.map((task) => task.done));
    }
  }

  /** Aborts everything and refuses more. Records keep their transitions for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.abort(() => true);
  }
}
