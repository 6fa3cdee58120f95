import { type Clock, FcError } from "@fc/core";
import type { CodePackage, FunctionSpec } from "../backend/function-spec.ts";
import { type Slot, sameFunction } from "./slot.ts";

/** Environments of one version that are to be there whether or not anybody needs them now. */
export interface ProvisionedTarget {
  /** Names what asked for them. */
  readonly key: string;
  /** Another one means that it was asked for anew: what went wrong before counts no more. */
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly code: () => CodePackage;
  readonly count: number;
}

/** How far a {@link ProvisionedTarget} is. */
export interface ProvisionedState {
  /** Environments whose init phase is done. */
  readonly allocated: number;
  /** Those of them that run no event now. */
  readonly available: number;
  /** Why the rest is missing. Absent when they are on their way. */
  readonly failure?: unknown;
}

interface Tracked {
  target: ProvisionedTarget;
  failure: unknown;
  /** Launches that failed and environments that ended without use, in a row. */
  troubles: number;
  /** Milliseconds since the epoch. */
  retryAt: number;
}

/** Pods are made a few at a time: a large number must not keep everybody else waiting for the cluster. */
const parallelLaunches = 10;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;
/** An environment that lasted this long ended for reasons of its own, not because it cannot live. */
const lastingMs = 30_000;

/** Keeps account of what is to be provisioned, of what is missing, and of when to try again. */
export class ProvisionedTargets {
  readonly #clock: Clock;
  readonly #limits: { readonly perFunction: number; readonly total: number };
  readonly #tracked = new Map<string, Tracked>();
  readonly #retries = new Map<string, () => void>();
  /** Looks again at what is missing. */
  readonly #wake: () => void;

  constructor(options: {
    readonly clock: Clock;
    readonly limits: { readonly perFunction: number; readonly total: number };
    readonly wake: () => void;
  }) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#wake = options.wake;
  }

  /** Takes what is wanted from now on; where there is not room for all, the first ones get it. */
  update(targets: readonly ProvisionedTarget[]): void {
    const before = new Map(this.#tracked);
    this.#tracked.clear();
    for (const target of targets) {
      const known = before.get(target.key);
      const same = known?.target.revision === target.revision && known.target.spec.deployId === target.spec.deployId;
      this.#tracked.set(
        target.key,
        same ? Object.assign(known, { target }) : { target, failure: undefined, troubles: 0, retryAt: 0 },
      );
    }
    for (const [key, cancel] of this.#retries) {
      const now = this.#tracked.get(key);
      if (now !== undefined && now.retryAt > 0) continue;
      cancel();
      this.#retries.delete(key);
    }
  }

  /** Environments that nobody wants any more. Of too many, those go first that start, then idle ones. */
  surplus(slots: Iterable<Slot>): Slot[] {
    const all = [...slots].filter(({ provisioned, phase, outdated }) => {
      return provisioned !== undefined && phase !== "retiring" && !outdated;
    });
    const kept = new Set<Slot>();
    for (const { target } of this.#tracked.values()) {
      const own = all.filter((slot) => belongs(slot, target));
      const worth = { busy: 0, idle: 1, starting: 2, retiring: 3 };
      own.sort((a, b) => worth[a.phase] - worth[b.phase]);
      for (const slot of own.slice(0, target.count)) kept.add(slot);
    }
    return all.filter((slot) => !kept.has(slot));
  }

  /** What is to be launched now, once per environment. */
  missing(slots: Iterable<Slot>): ProvisionedTarget[] {
    if (this.#tracked.size === 0) return [];
    const all = [...slots];
    const starting = all.filter(({ provisioned, phase }) => provisioned !== undefined && phase === "starting").length;
    const excess = this.#excess();
    const missing = [...this.#tracked.values()].flatMap(({ target, retryAt }) => {
      if (retryAt > this.#clock.now() || excess.has(target)) return [];
      const there = all.filter((slot) => belongs(slot, target)).length;
      return Array.from({ length: Math.max(0, target.count - there) }, () => target);
    });
    return missing.slice(0, Math.max(0, parallelLaunches - starting));
  }

  /** How far a target is; undefined for one that is not wanted, or not yet. */
  state(key: string, slots: Iterable<Slot>): ProvisionedState | undefined {
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return undefined;
    const own = [...slots].filter((slot) => belongs(slot, tracked.target));
    const available = own.filter(({ phase }) => phase === "idle").length;
    const allocated = available + own.filter(({ phase }) => phase === "busy").length;
    const failure = this.#excess().get(tracked.target) ?? tracked.failure;
    return { allocated, available, ...(failure === undefined ? {} : { failure }) };
  }

  /** The environment is there. */
  arrived({ provisioned }: Slot): void {
    const tracked = provisioned === undefined ? undefined : this.#tracked.get(provisioned);
    if (tracked !== undefined) tracked.failure = undefined;
  }

  /** Its launch failed: tried again, less and less often. */
  failed(slot: Slot, error: unknown): void {
    const tracked = this.#of(slot);
    if (tracked === undefined) return;
    tracked.failure = error;
    tracked.troubles += 1;
    this.#retryIn(tracked, backOff(tracked.troubles));
  }

  /** It ended by itself. The first time it is replaced at once; one that cannot live must not be made again and again. */
  lost(slot: Slot): void {
    const tracked = this.#of(slot);
    if (tracked === undefined) return;
    if (slot.used || this.#clock.now() - slot.lastUsedAt >= lastingMs) {
      tracked.troubles = 0;
      return;
    }
    tracked.troubles += 1;
    if (tracked.troubles > 1) this.#retryIn(tracked, backOff(tracked.troubles - 1));
  }

  #of(slot: Slot): Tracked | undefined {
    const tracked = slot.provisioned === undefined ? undefined : this.#tracked.get(slot.provisioned);
    return tracked !== undefined && tracked.target.spec.deployId === slot.spec.deployId ? tracked : undefined;
  }

  #retryIn(tracked: Tracked, ms: number): void {
    const { key } = tracked.target;
    tracked.retryAt = Math.max(tracked.retryAt, this.#clock.now() + ms);
    this.#retries.get(key)?.();
    const cancel = this.#clock.after(tracked.retryAt - this.#clock.now(), () => {
      this.#retries.delete(key);
      this.#wake();
    });
    this.#retries.set(key, cancel);
  }

  /** Targets that the server's own limits never allow, and why. What was asked for earlier is allowed first. */
  #excess(): Map<ProvisionedTarget, FcError> {
    const excess = new Map<ProvisionedTarget, FcError>();
    const allowed: ProvisionedTarget[] = [];
    const sum = (of: readonly ProvisionedTarget[]): number => of.reduce((all, { count }) => all + count, 0);
    const { perFunction, total } = this.#limits;
    for (const { target } of this.#tracked.values()) {
      const own = allowed.filter(({ spec }) => sameFunction(spec, target.spec));
      if (sum(own) + target.count > perFunction)
        excess.set(
          target,
          noRoom(`FAKECLOUD_LAMBDA_MAX_CONCURRENCY allows ${perFunction} execution environments of one function`),
        );
      else if (sum(allowed) + target.count >= total)
        excess.set(
          target,
          noRoom(
            `FAKECLOUD_LAMBDA_MAX_ENVIRONMENTS allows ${total} execution environments of all functions, of which one is left for what is not provisioned`,
          ),
        );
      else allowed.push(target);
    }
    return excess;
  }
}

function noRoom(message: string): FcError {
  return new FcError("FC_LAMBDA_NO_ROOM", message);
}

function belongs({ provisioned, phase, outdated, spec }: Slot, target: ProvisionedTarget): boolean {
  const serves = provisioned === target.key && spec.deployId === target.spec.deployId;
  return serves && !outdated && phase !== "retiring";
}

function backOff(troubles: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(troubles - 1, 20));
}
