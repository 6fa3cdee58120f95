import { type Clock, errorText, type Logger } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { Loop } from "./loop.ts";

/** A Pod that nobody needs any more. */
export interface DiscardedPod {
  readonly name: string;
  /** Undefined: it is not known whether it was made at all. Names are never used twice, so the name says enough. */
  readonly uid?: string | undefined;
  /** Seconds. Default: what the Pod says. */
  readonly gracePeriodSeconds?: number | undefined;
}

/** So long a create whose answer was lost may still be on its way. */
const unsureMs = 60_000;

/** Removes Pods that nobody needs any more, again and again until they are gone or going. */
export class Discards implements AsyncDisposable {
  readonly #options: { readonly pods: ResourceClient<V1Pod>; readonly clock: Clock; readonly logger: Logger };
  /** Each with the time until which it may yet appear. */
  readonly #left = new Map<DiscardedPod, number>();
  #loop: Loop | undefined;

  constructor(options: { readonly pods: ResourceClient<V1Pod>; readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
  }

  /** Resolves after the first try; never rejects. */
  async add(pod: DiscardedPod): Promise<void> {
    const { clock, logger } = this.#options;
    this.#left.set(pod, pod.uid === undefined ? clock.now() + unsureMs : 0);
    try {
      await this.#remove(pod);
    } catch (error) {
      logger.warn({ pod: pod.name, error: errorText(error) }, "a Pod could not be removed and will be later");
    }
    if (this.#left.has(pod)) this.#retryLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop?.[Symbol.asyncDispose]();
    await Promise.allSettled([...this.#left.keys()].map((pod) => this.#remove(pod)));
  }

  #retryLater(): void {
    const { clock, logger } = this.#options;
    this.#loop ??= new Loop({
      what: "removing Pods that nobody needs",
      work: (signal) => this.#removeLeft(signal),
      firstMs: 1_000,
      everyMs: 15_000,
      clock,
      logger,
    });
    this.#loop.kick();
  }

  async #removeLeft(signal: AbortSignal): Promise<void> {
    const tries = await Promise.allSettled([...this.#left.keys()].map((pod) => this.#remove(pod, signal)));
    for (const outcome of tries) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #remove(pod: DiscardedPod, signal?: AbortSignal): Promise<void> {
    const { pods, clock } = this.#options;
    const { name, gracePeriodSeconds } = pod;
    const uid = pod.uid ?? (await pods.get(name, { signal }))?.metadata?.uid;
    if (uid !== undefined) await pods.remove(name, { uid, gracePeriodSeconds, signal });
    else if (clock.now() < (this.#left.get(pod) ?? 0)) return;
    this.#left.delete(pod);
  }
}
