/** How often which things happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** Counts an error under its name, and under its code where there is one: what a caller could tell apart. */
  addError(error: unknown): void {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    const code = /\b(E[A-Z]{4,}|READONLY|LOADING|MASTERDOWN|NOREPLICAS|UNBLOCKED)\b/.exec(message)?.[1];
    const system = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const detail = code ?? (typeof system === "string" ? system : message.slice(0, 40));
    this.add(`${name} ${detail}`);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toJSON(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort());
  }
}
