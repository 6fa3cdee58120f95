import type { V1Pod } from "@kubernetes/client-node";

/** What happened to a Pod. */
export type PodChange = "added" | "modified" | "deleted";

/** Hears of changes of Pods. */
export type PodListener = (type: PodChange, pod: V1Pod) => void;

/** The Pods of a namespace as the last list and the watch since then tell. A Pod made anew under its name is another Pod. */
export class PodStore {
  readonly #pods = new Map<string, V1Pod>();
  readonly #emit: PodListener;

  constructor(emit: PodListener) {
    this.#emit = emit;
  }

  get(name: string): V1Pod | undefined {
    return this.#pods.get(name);
  }

  all(): V1Pod[] {
    return [...this.#pods.values()];
  }

  /** Takes a complete list: what is not in it is gone. */
  replace(pods: readonly V1Pod[]): void {
    const listed = new Set(pods.map((pod) => pod.metadata?.name ?? ""));
    for (const name of [...this.#pods.keys()]) if (!listed.has(name)) this.#remove(name);
    for (const pod of pods) this.put(pod);
  }

  put(pod: V1Pod): void {
    const name = pod.metadata?.name ?? "";
    const known = this.#pods.get(name);
    if (known !== undefined && known.metadata?.uid !== pod.metadata?.uid) this.#remove(name);
    const before = this.#pods.get(name);
    if (before !== undefined && before.metadata?.resourceVersion === pod.metadata?.resourceVersion) return;
    this.#pods.set(name, pod);
    this.#emit(before === undefined ? "added" : "modified", pod);
  }

  /** @param pod its last state */
  remove(pod: V1Pod): void {
    const known = this.#pods.get(pod.metadata?.name ?? "");
    if (known === undefined || known.metadata?.uid !== pod.metadata?.uid) return;
    this.#pods.delete(pod.metadata?.name ?? "");
    this.#emit("deleted", pod);
  }

  #remove(name: string): void {
    const pod = this.#pods.get(name);
    if (pod === undefined) return;
    this.#pods.delete(name);
    this.#emit("deleted", pod);
  }
}
