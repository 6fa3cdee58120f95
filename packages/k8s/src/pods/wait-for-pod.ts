import { type Clock, deferred, errorText, type Logger } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { PodStartError, type PodStartErrorOptions } from "../errors/pod-start-error.ts";
import type { PodReflector } from "../watch/pod-reflector.ts";
import type { PodChange } from "../watch/pod-store.ts";
import { describePod, type StartProblem, startProblem } from "./pod-status.ts";
import { pullsImage } from "./pulls-image.ts";

/** What a wait stands on. */
export interface WaitContext {
  readonly reflector: PodReflector;
  readonly getPod: (name: string, signal?: AbortSignal) => Promise<V1Pod | undefined>;
  /** Events and log tail of a Pod that does not start. Never rejects. */
  readonly evidence: (pod: V1Pod, container?: string) => Promise<Pick<PodStartErrorOptions, "events" | "logTail">>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly graceMs: { readonly config: number; readonly schedule: number };
}

export interface WaitForPodOptions {
  readonly timeoutMs: number;
  /** What is waited for, for messages: "to be Ready". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Only this Pod; one made anew under the name is none of ours. */
  readonly uid?: string | undefined;
  /**
   * Called again and again while an image of the Pod is pulled. The time is then up only when there was no pull for `timeoutMs`; without
   * it a pull counts like all else.
   */
  readonly onPull?: (() => void) | undefined;
}

/** First look past the watch, and those after it: a watch may be slow, frozen or forbidden. */
const firstLookMs = 1_000;
const laterLookMs = 5_000;

/** How often a Pod that has not been started yet is told of: an image may be pulled for minutes. */
const progressMs = 10_000;

/**
 * Waits for `predicate`.
 * @throws PodStartError at once when Kubernetes reports a reason that will not pass, and when the time is up
 */
export async function waitForPod(
  context: WaitContext,
  name: string,
  predicate: (pod: V1Pod) => boolean,
  options: WaitForPodOptions,
): Promise<V1Pod> {
  options.signal?.throwIfAborted();
  const wait = new PodWait(context, name, predicate, options);
  try {
    const { pod, problem } = await wait.outcome;
    if (problem === undefined) return pod as V1Pod;
    throw await startError(context, name, options.what, pod, problem);
  } finally {
    wait.stop();
  }
}

interface Outcome {
  readonly pod: V1Pod | undefined;
  readonly problem?: StartProblem;
}

/** One wait: listens to the watch, looks past it from time to time, and ends with the first thing that decides. */
class PodWait {
  readonly #context: WaitContext;
  readonly #name: string;
  readonly #predicate: (pod: V1Pod) => boolean;
  readonly #options: WaitForPodOptions;
  readonly #outcome = deferred<Outcome>();
  readonly #cancels: (() => void)[] = [];
  readonly #graces = new Set<string>();
  readonly #tellMs: number;
  #cancelTime: () => void = () => undefined;
  #latest: V1Pod | undefined;
  #stopped = false;

  constructor(context: WaitContext, name: string, predicate: (pod: V1Pod) => boolean, options: WaitForPodOptions) {
    this.#context = context;
    this.#name = name;
    this.#predicate = predicate;
    this.#options = options;
    // A pull must be seen before the time is up.
    this.#tellMs = options.onPull === undefined ? progressMs : Math.min(progressMs, options.timeoutMs / 2);
    const onAbort = (): void => this.#outcome.reject(options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    this.#cancels.push(
      () => options.signal?.removeEventListener("abort", onAbort),
      () => this.#cancelTime(),
      context.reflector.subscribe((type, pod) => this.#onChange(type, pod)),
    );
    this.#beginTime();
    this.#lookAfter(firstLookMs);
    this.#tellAfter(this.#tellMs);
  }

  get outcome(): Promise<Outcome> {
    return this.#outcome.promise;
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
  }

  #beginTime(): void {
    const { clock, reflector } = this.#context;
    this.#cancelTime();
    this.#cancelTime = clock.after(this.#options.timeoutMs, () =>
      this.#fail(timeoutProblem(this.#latest, this.#options, reflector.lastError)),
    );
  }

  #onChange(type: PodChange, pod: V1Pod): void {
    if (pod.metadata?.name !== this.#name) return;
    if (type !== "deleted") this.#judge(pod);
    else if (pod.metadata.uid === (this.#options.uid ?? this.#latest?.metadata?.uid))
      this.#fail({ reason: "Deleted", message: "the Pod was deleted" });
  }

  #judge(pod: V1Pod): void {
    if (this.#options.uid !== undefined && pod.metadata?.uid !== this.#options.uid) return;
    this.#latest = pod;
    if (this.#holds(pod)) return;
    const problem = startProblem(pod);
    if (problem?.grace !== undefined) this.#giveGrace(problem, this.#context.graceMs[problem.grace]);
    else if (problem !== undefined) this.#fail(problem);
  }

  #holds(pod: V1Pod): boolean {
    try {
      if (!this.#predicate(pod)) return false;
      this.#outcome.resolve({ pod });
    } catch (error) {
      this.#outcome.reject(error);
    }
    return true;
  }

  /** The problem counts only if it is still there later. */
  #giveGrace(problem: StartProblem, graceMs: number): void {
    if (this.#graces.has(problem.reason)) return;
    this.#graces.add(problem.reason);
    this.#later(graceMs, () => {
      this.#graces.delete(problem.reason);
      const still = this.#latest === undefined ? undefined : startProblem(this.#latest);
      if (still?.reason === problem.reason) this.#fail(still);
    });
  }

  #lookAfter(delayMs: number): void {
    this.#later(delayMs, () => void this.#look().then(() => this.#lookAfter(laterLookMs)));
  }

  async #look(): Promise<void> {
    const { uid, signal } = this.#options;
    const pod = await this.#context.getPod(this.#name, signal).catch(() => null);
    if (pod === null || this.#stopped) return;
    if (pod === undefined || (uid !== undefined && pod.metadata?.uid !== uid))
      this.#fail({ reason: "Deleted", message: "the Pod does not exist" });
    else this.#judge(pod);
  }

  #tellAfter(waitedMs: number): void {
    this.#later(this.#tellMs, () => {
      void this.#tell(waitedMs);
      this.#tellAfter(waitedMs + this.#tellMs);
    });
  }

  /** What Kubernetes is at, from the Pod's last event: an image that is pulled, a node that is looked for. */
  async #tell(waitedMs: number): Promise<void> {
    const pod = this.#latest;
    if (pod?.status?.phase !== "Pending") return;
    const { events = [] } = await this.#context.evidence(pod);
    if (this.#stopped) return;
    const fields = { pod: this.#name, waitedMs, state: describePod(pod), event: events.at(-1) };
    this.#context.logger.info(fields, "A Pod has not started yet");
    if (this.#options.onPull === undefined || !pullsImage(events)) return;
    this.#beginTime();
    this.#options.onPull();
  }

  #later(delayMs: number, action: () => void): void {
    if (!this.#stopped) this.#cancels.push(this.#context.clock.after(delayMs, action));
  }

  #fail(problem: StartProblem): void {
    this.#outcome.resolve({ pod: this.#latest, problem });
  }
}

function timeoutProblem(pod: V1Pod | undefined, options: WaitForPodOptions, watchError: unknown): StartProblem {
  const state = pod === undefined ? "it was never seen" : describePod(pod);
  const watch = watchError === undefined ? "" : `; the watch of Pods fails: ${errorText(watchError)}`;
  return { reason: "Timeout", message: `not within ${options.timeoutMs} ms; ${state}${watch}` };
}

async function startError(
  context: WaitContext,
  name: string,
  what: string,
  pod: V1Pod | undefined,
  problem: StartProblem,
): Promise<PodStartError> {
  const evidence = pod === undefined ? {} : await context.evidence(pod, problem.container);
  return new PodStartError(`Pod ${name} ${what}: ${problem.reason}: ${problem.message}`, {
    reason: problem.reason,
    ...(pod !== undefined && { pod }),
    ...(problem.exitCode !== undefined && { exitCode: problem.exitCode }),
    ...evidence,
  });
}
