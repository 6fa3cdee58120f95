/** Tells those who wait for something that it goes forward. */
export class Progress {
  readonly #told = new Set<{ readonly tell: () => void }>();

  /** Runs `work`; meanwhile `onProgress` hears of what is told. */
  async during<T>(onProgress: (() => void) | undefined, work: () => Promise<T>): Promise<T> {
    if (onProgress === undefined) return await work();
    // An object of its own, so that each is taken off alone.
    const listener = { tell: onProgress };
    this.#told.add(listener);
    try {
      return await work();
    } finally {
      this.#told.delete(listener);
    }
  }

  /** Calls all who want to hear it. */
  tell(): void {
    for (const { tell } of this.#told) tell();
  }
}
