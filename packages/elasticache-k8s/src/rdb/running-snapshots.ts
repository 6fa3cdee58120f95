/** The snapshots that are being read slowly, by the Pod of their engine. An engine gives one copy of its data at a time: who needs one soon hurries them. */
export class RunningSnapshots {
  readonly #hurries = new Map<string, Set<AbortController>>();

  /** Runs `read` with a signal that aborts once the snapshot is in somebody's way. */
  async run<T>(podName: string, read: (hurry: AbortSignal) => Promise<T>): Promise<T> {
    const hurry = new AbortController();
    const ofPod = this.#hurries.get(podName) ?? new Set();
    this.#hurries.set(podName, ofPod.add(hurry));
    try {
      return await read(hurry.signal);
    } finally {
      ofPod.delete(hurry);
      if (ofPod.size === 0) this.#hurries.delete(podName);
    }
  }

  /** Those of this Pod are read as fast as they come from now on. */
  hurry(podName: string): void {
    for (const hurry of this.#hurries.get(podName) ?? []) hurry.abort();
  }
}
