import { errorText, type Logger } from "@fc/core";

interface Task {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Background work by key: one task of a key at a time, in order. It is what owns every transient status. */
export class TaskRunner {
  readonly #tasks = new Map<string, Set<Task>>();
  readonly #logger: Logger;
  #stopped = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Runs `work` after the key's earlier tasks. With `preempt` those are aborted first. After {@link stop} nothing runs. */
  run(key: string, work: (signal: AbortSignal) => Promise<void>, options: { readonly preempt?: boolean } = {}): void {
    if (this.#stopped) return;
    const tasks = this.#tasks.get(key) ?? new Set<Task>();
    this.#tasks.set(key, tasks);
    const earlier = [...tasks];
    if (options.preempt === true) for (const task of earlier) task.controller.abort(new Error("superseded"));
    const controller = new AbortController();
    const done = Promise.all(earlier.map((task) => task.done))
      .then(() => (controller.signal.aborted ? undefined : work(controller.signal)))
      .catch((error: unknown) => this.#logger.error({ key, error: errorText(error) }, "background task failed"))
      .then(() => {
        tasks.delete(task);
        if (tasks.size === 0 && this.#tasks.get(key) === tasks) this.#tasks.delete(key);
      });
    const task: Task = { controller, done };
    tasks.add(task);
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
