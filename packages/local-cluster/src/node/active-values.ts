/** The values of the faults of one kind that are in force; the largest counts. */
export class ActiveValues {
  readonly #values = new Set<{ readonly value: number }>();

  /** In force until the returned object is disposed of. */
  add(value: number): Disposable {
    const entry = { value };
    this.#values.add(entry);
    return { [Symbol.dispose]: () => void this.#values.delete(entry) };
  }

  /** undefined when none is in force. */
  get largest(): number | undefined {
    return this.#values.size === 0 ? undefined : Math.max(...[...this.#values].map(({ value }) => value));
  }

  /** undefined when none is in force. */
  get smallest(): number | undefined {
    return this.#values.size === 0 ? undefined : Math.min(...[...this.#values].map(({ value }) => value));
  }
}
