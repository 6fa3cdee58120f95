import type { InvocationReport } from "./invocation-report.ts";

/** The last events that functions were to run, oldest first. In memory: what is kept of an event is not its payload. */
export class InvocationHistory {
  readonly #size: number;
  /** A ring once it is full: `#next` is the oldest then. */
  #reports: InvocationReport[] = [];
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(report: InvocationReport): void {
    if (this.#size === 0) return;
    this.#reports[this.#next] = report;
    this.#next = (this.#next + 1) % this.#size;
  }

  list(): readonly InvocationReport[] {
    return [...this.#reports.slice(this.#next), ...this.#reports.slice(0, this.#next)];
  }

  clear(matches: (report: InvocationReport) => boolean): void {
    this.#reports = this.list().filter((report) => !matches(report));
    this.#next = this.#reports.length % Math.max(1, this.#size);
  }
}
