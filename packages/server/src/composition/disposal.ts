/**
 * What has to be closed, last opened first. (Node 22 has no AsyncDisposableStack yet.) A failure does not keep the others
 * from being closed; all failures are thrown together at the end.
 */
export class Disposal implements AsyncDisposable {
  readonly #open: AsyncDisposable[] = [];

  /** Remembers `resource` and gives it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      try {
        await next[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Not everything could be closed");
  }
}
