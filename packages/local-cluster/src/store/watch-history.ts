import type { KubeObject } from "./kube-object.ts";

/** One change of the store. Objects are shared and deeply frozen: copy before changing them. */
export interface StoreEvent<T extends KubeObject = KubeObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** After the change; for DELETED the last state, with the deletion's own resourceVersion. */
  readonly object: T;
  /** Before the change; absent for ADDED. */
  readonly previous?: T;
  readonly resourceVersion: number;
}

/** The newest events of one resource, so that a watch can resume where it stopped. */
export class WatchHistory {
  readonly #events: StoreEvent[] = [];
  readonly #limit: number;
  #floor: number;

  /** @param floor the version from which on everything is retained; @param limit how many events are kept. */
  constructor(floor: number, limit: number) {
    this.#floor = floor;
    this.#limit = limit;
  }

  /** The oldest version that a watch can resume from. */
  get floor(): number {
    return this.#floor;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
    // Cut in larger steps: shifting one by one would move the whole array on every write.
    if (this.#events.length < this.#limit * 2) return;
    const dropped = this.#events.splice(0, this.#limit);
    this.#floor = dropped.at(-1)?.resourceVersion ?? this.#floor;
  }

  /** The events after `resourceVersion`, or undefined when some of them are no longer known. */
  since(resourceVersion: number): readonly StoreEvent[] | undefined {
    if (resourceVersion < this.#floor) return undefined;
    return this.#events.filter((event) => event.resourceVersion > resourceVersion);
  }
}
