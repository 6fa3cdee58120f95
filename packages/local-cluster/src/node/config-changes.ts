/** What Pods take their configuration and storage from. */
export const configResources = ["secrets", "configmaps", "persistentvolumeclaims"] as const;
export type ConfigResource = (typeof configResources)[number];

export interface ConfigName {
  readonly resource: ConfigResource;
  readonly namespace: string;
  readonly name: string;
}

/** Tells of every change of a Secret, a ConfigMap or a claim. */
export class ConfigChanges {
  readonly #listeners = new Set<(changed: ConfigName) => void>();

  notify(resource: ConfigResource, { namespace = "", name }: { namespace?: string; name: string }): void {
    for (const listener of [...this.#listeners]) listener({ resource, namespace, name });
  }

  /** Calls `listener` for every change until the returned function is called. */
  watch(listener: (changed: ConfigName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next change in the namespace; rejects with the signal's reason when it aborts first. */
  next(namespace: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const settle = (finish: () => void) => (): void => {
        unwatch();
        signal.removeEventListener("abort", onAbort);
        finish();
      };
      const onAbort = settle(() => reject(signal.reason as Error));
      const onChange = settle(resolve);
      const unwatch = this.watch((changed) => {
        if (changed.namespace === namespace) onChange();
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
