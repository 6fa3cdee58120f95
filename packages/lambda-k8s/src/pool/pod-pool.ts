import { type Clock, errorText, type Logger } from "@fc/core";
import type { PoolState } from "@fc/lambda/backend";
import type { PodBlueprint } from "../pod-maker.ts";
import { allotments } from "./allotments.ts";
import { BackOff } from "./back-off.ts";
import { Demand } from "./demand.ts";
import { FillProgress } from "./fill-progress.ts";

/** A Pod of the pool, as far as the pool cares. */
export interface PoolEnvironment {
  readonly podName: string;
  readonly ended: Promise<{ readonly detail: string }>;
  terminate(): Promise<void>;
}

export interface PoolSettings {
  /** Waiting Pods of each kind in use. */
  readonly poolSize: number | "auto";
  /** MiB that waiting Pods may request together. */
  readonly poolMemoryMb: number;
  readonly poolIdleSeconds: number;
  readonly poolParallelism: number;
}

export interface PodPoolOptions<E extends PoolEnvironment> {
  readonly settings: PoolSettings;
  readonly make: (blueprint: PodBlueprint) => E;
  /** Starts what was made and waits until it is at its gate. */
  readonly arrive: (environment: E, signal: AbortSignal) => Promise<void>;
  /** How many Pods are being started for functions that wait for them: those come first. */
  readonly launching: () => number;
  /** Milliseconds after which a Pod that nobody took is replaced. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A Pod that belongs to no function yet. */
export interface PooledPod<E extends PoolEnvironment> {
  readonly environment: E;
  /** Resolves when the Pod is at its gate; rejects when it does not get there. */
  readonly arrived: Promise<void>;
  waiting: boolean;
  /** The pool itself ended it. */
  retired: boolean;
  readonly since: number;
}

interface Kind<E extends PoolEnvironment> {
  blueprint: PodBlueprint;
  readonly demand: Demand;
  readonly backOff: BackOff;
  readonly progress: FillProgress;
  readonly pods: Set<PooledPod<E>>;
  /** Why the last Pod that was started did not get to its gate, until one does. */
  unstarted: { readonly error: unknown } | undefined;
  claimed: number;
  missed: number;
}

/** A Pod that starts takes CPU from functions that start: the pool waits until none has come or begun to run for this long… */
const quietMs = 300;
/** …or until the first one that it has not made up for came this long ago. */
const longestHoldMs = 1_000;
const tickMs = 5_000;
/** After this long at the gate a Pod has proved its kind. */
const provenMs = 30_000;
/** How long the pool stays empty after the cluster had no room for a function. */
const yieldMs = 60_000;

/**
 * Pods that wait at their gates, by kind. Whoever takes one has it for good: nothing comes back. A loop keeps as many as are
 * wanted, few at a time, and none while functions themselves wait for Pods.
 */
export class PodPool<E extends PoolEnvironment> {
  readonly #options: PodPoolOptions<E>;
  readonly #kinds = new Map<string, Kind<E>>();
  readonly #closing = new AbortController();
  #cancelTick: () => void = () => undefined;
  #tickAt = Number.POSITIVE_INFINITY;
  #pausedUntil = 0;
  /** The first launch since the last refill. */
  #firstLaunchAt: number | undefined;
  /** When a function last came or began to run. */
  #lastLaunchAt = Number.NEGATIVE_INFINITY;

  constructor(options: PodPoolOptions<E>) {
    this.#options = options;
  }

  /** A function of this kind is about to be launched. */
  launched(blueprint: PodBlueprint): void {
    const now = this.#now();
    this.#kindOf(blueprint)?.demand.launched(now);
    this.#firstLaunchAt ??= now;
    this.#lastLaunchAt = now;
    this.#later(this.#holdMs(now));
  }

  /** The Pod that waits longest, else the one that will be there first. */
  take(kindName: string): PooledPod<E> | undefined {
    const kind = this.#kinds.get(kindName);
    if (kind === undefined) return undefined;
    const pods = [...kind.pods];
    const pod = pods.find((one) => one.waiting) ?? pods[0];
    if (pod === undefined) kind.missed += 1;
    else {
      kind.pods.delete(pod);
      kind.claimed += 1;
    }
    return pod;
  }

  /** A function runs in a Pod of this kind: the kind is sound. */
  worked(kindName: string): void {
    const kind = this.#kinds.get(kindName);
    if (kind !== undefined) {
      kind.unstarted = undefined;
      kind.backOff.succeeded();
    }
    this.#lastLaunchAt = this.#now();
  }

  /**
   * Functions of this kind may be launched soon. Resolves when a Pod waits for one, or the pool has no place for it; rejects when
   * such Pods do not start.
   */
  async announce(blueprint: PodBlueprint): Promise<void> {
    const kind = this.#kindOf(blueprint);
    if (kind === undefined) return;
    kind.demand.announced(this.#now());
    // A new function is worth more than quiet for those that start.
    this.#firstLaunchAt = undefined;
    this.#reconcile();
    const [pod] = kind.pods;
    if (pod !== undefined) await pod.arrived;
    // None is tried now.
    else if (kind.unstarted !== undefined) throw kind.unstarted.error;
  }

  /** Gives all its room back to the cluster, for a while. False when there was nothing to give. */
  async yieldRoom(): Promise<boolean> {
    this.#pausedUntil = this.#now() + yieldMs;
    const pods = [...this.#kinds.values()].flatMap((kind) => [...kind.pods].map((pod) => ({ kind, pod })));
    await Promise.allSettled(pods.map(({ kind, pod }) => this.#retire(kind, pod)));
    return pods.length > 0;
  }

  states(): PoolState[] {
    const now = this.#now();
    const allotted = this.#allotments(now);
    return [...this.#kinds.values()].map(({ blueprint, pods, claimed, missed, backOff }) => {
      const waiting = [...pods].filter((pod) => pod.waiting).length;
      const { last } = backOff;
      return {
        kind: blueprint.kind,
        image: blueprint.image,
        memorySizeMb: blueprint.spec.memorySizeMb,
        architecture: blueprint.spec.architecture,
        wanted: allotted.get(blueprint.kind) ?? 0,
        waiting,
        starting: pods.size - waiting,
        claimed,
        missed,
        broken: backOff.broken,
        ...(last === undefined
          ? {}
          : { lastFailure: { at: last.at, text: errorText(last.error), retryInMs: backOff.pause(now) } }),
      };
    });
  }

  /** Starts nothing more. Its Pods are for whoever made them to end. */
  close(): void {
    this.#closing.abort(new Error("The pool is closing"));
    this.#cancelTick();
    this.#kinds.clear();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #kindOf(blueprint: PodBlueprint): Kind<E> | undefined {
    const { poolSize, poolIdleSeconds } = this.#options.settings;
    if (poolSize === 0 || this.#closing.signal.aborted) return undefined;
    const known = this.#kinds.get(blueprint.kind);
    if (known !== undefined) return known;
    // The server has another address than Pods of before know.
    for (const [name, kind] of this.#kinds) if (kind.blueprint.ip !== blueprint.ip) this.#drop(name, kind);
    const demand = new Demand(poolIdleSeconds * 1_000, this.#now());
    const none = { pods: new Set<PooledPod<E>>(), unstarted: undefined, claimed: 0, missed: 0 };
    const { clock, logger } = this.#options;
    const progress = new FillProgress({ blueprint, clock, logger });
    const kind: Kind<E> = { blueprint, demand, backOff: new BackOff(), progress, ...none };
    this.#kinds.set(blueprint.kind, kind);
    return kind;
  }

  /** Looks at everything again after that time at the latest. */
  #later(delayMs: number): void {
    const at = this.#now() + delayMs;
    if (this.#closing.signal.aborted || this.#kinds.size === 0 || at >= this.#tickAt) return;
    this.#cancelTick();
    this.#tickAt = at;
    this.#cancelTick = this.#options.clock.after(delayMs, () => {
      this.#tickAt = Number.POSITIVE_INFINITY;
      this.#reconcile();
    });
  }

  /** Brings what is closer to what is wanted: first what is too much goes, then what is missing comes. */
  #reconcile(): void {
    const now = this.#now();
    const allotted = this.#allotments(now);
    for (const [name, kind] of this.#kinds) {
      const wanted = allotted.get(name) ?? 0;
      // The newest first: it may still be starting.
      for (const pod of [...kind.pods].reverse()) {
        if (pod.waiting && now >= pod.since + provenMs) kind.backOff.succeeded();
        if (kind.pods.size > wanted || now >= pod.since + this.#options.maxAgeMs) void this.#retire(kind, pod);
      }
      if (wanted === 0 && kind.pods.size === 0 && !kind.demand.inUse(now)) this.#kinds.delete(name);
    }
    const holdMs = this.#holdMs(now);
    if (now >= this.#pausedUntil && holdMs === 0) {
      this.#firstLaunchAt = undefined;
      this.#refill(allotted, now);
    }
    this.#later(holdMs === 0 ? tickMs : holdMs);
  }

  /** How long functions that came lately keep the pool from being refilled. */
  #holdMs(now: number): number {
    if (this.#firstLaunchAt === undefined) return 0;
    return Math.max(0, Math.min(this.#lastLaunchAt + quietMs, this.#firstLaunchAt + longestHoldMs) - now);
  }

  #refill(allotted: ReadonlyMap<string, number>, now: number): void {
    const kinds = [...this.#kinds.values()];
    const starting = kinds.reduce((sum, kind) => sum + [...kind.pods].filter((pod) => !pod.waiting).length, 0);
    let free = this.#options.settings.poolParallelism - starting - this.#options.launching();
    // One of each kind before the second of any.
    const missing = kinds
      .filter((kind) => kind.backOff.pause(now) === 0)
      .flatMap((kind) => {
        const count = Math.max(0, (allotted.get(kind.blueprint.kind) ?? 0) - kind.pods.size);
        return Array.from({ length: count }, (_, index) => ({ kind, rank: kind.pods.size + index }));
      })
      .sort((a, b) => a.rank - b.rank);
    for (const { kind } of missing) {
      if (free <= 0) return;
      free -= 1;
      this.#start(kind);
      kind.progress.started(allotted.get(kind.blueprint.kind) ?? 0);
    }
  }

  #allotments(now: number): Map<string, number> {
    const { poolSize, poolMemoryMb } = this.#options.settings;
    const wishes = [...this.#kinds.values()]
      .sort((a, b) => b.demand.lastUse - a.demand.lastUse)
      .map(({ blueprint, demand }) => ({
        kind: blueprint.kind,
        memoryMb: blueprint.spec.memorySizeMb,
        wanted: poolSize === "auto" ? demand.wanted(now) : demand.inUse(now) ? poolSize : 0,
      }));
    return allotments(wishes, poolMemoryMb);
  }

  #start(kind: Kind<E>): void {
    const environment = this.#options.make(kind.blueprint);
    const arrived = this.#options.arrive(environment, this.#closing.signal);
    const pod: PooledPod<E> = { environment, arrived, waiting: false, retired: false, since: this.#now() };
    kind.pods.add(pod);
    arrived.then(
      () => {
        pod.waiting = true;
        kind.unstarted = undefined;
        this.#tellArrival(kind);
        this.#reconcile();
      },
      (error: unknown) => this.#failed(kind, pod, error),
    );
    void environment.ended.then(({ detail }) => {
      if (pod.waiting && kind.pods.has(pod)) this.#failed(kind, pod, new Error(`A waiting Pod ended: ${detail}`));
    });
  }

  #tellArrival(kind: Kind<E>): void {
    const wanted = this.#allotments(this.#now()).get(kind.blueprint.kind) ?? 0;
    kind.progress.arrived([...kind.pods].filter((pod) => pod.waiting).length, wanted);
  }

  /** It did not start, or ended before anybody took it. Whoever took it meanwhile is told by itself. */
  #failed(kind: Kind<E>, pod: PooledPod<E>, error: unknown): void {
    if (this.#closing.signal.aborted || pod.retired) return;
    const wasBroken = kind.backOff.broken;
    if (!pod.waiting) kind.unstarted = { error };
    kind.backOff.failed(error, this.#now());
    const { podName } = pod.environment;
    const fields = { pod: podName, image: kind.blueprint.image, error: errorText(error) };
    if (kind.backOff.broken && !wasBroken)
      this.#options.logger.warn(fields, "Pods of this kind do not start; functions are launched without the pool");
    else this.#options.logger.info(fields, "A Pod of the pool is gone");
    void this.#retire(kind, pod);
    this.#later(Math.min(tickMs, kind.backOff.pause(this.#now())));
  }

  #drop(name: string, kind: Kind<E>): void {
    this.#kinds.delete(name);
    for (const pod of [...kind.pods]) void this.#retire(kind, pod);
  }

  /** Ends a Pod unless somebody took it. */
  async #retire(kind: Kind<E>, pod: PooledPod<E>): Promise<void> {
    if (!kind.pods.delete(pod)) return;
    pod.retired = true;
    await pod.environment.terminate().catch(() => undefined);
  }
}
