import { type Clock, errorText, FcError, type Logger, withDeadline } from "@fc/core";
import type { ExecutionEnvironment, LambdaBackend } from "../backend/backend.ts";
import type { CodePackage, FunctionSpec } from "../backend/function-spec.ts";
import type { ShippedLog } from "../logs/environment-log.ts";
import { launchSlot } from "./launch-slot.ts";
import { type Lease, leaseOf } from "./lease.ts";
import { type ProvisionedState, type ProvisionedTarget, ProvisionedTargets } from "./provisioned-targets.ts";
import { makeRoom } from "./room.ts";
import { newSlot, type Slot, warmest } from "./slot.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface EnvironmentLimits {
  readonly perFunction: number;
  readonly total: number;
  readonly queueSize: number;
  readonly queueTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly initTimeoutMs: number;
  readonly launchTimeoutMs: number;
}

export interface EnvironmentManagerOptions {
  readonly backend: LambdaBackend;
  readonly limits: EnvironmentLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether an environment of this spec may still serve: false once the function was changed or deleted. */
  readonly isCurrent: (spec: FunctionSpec) => boolean;
  /** What is provisioned now. Default: nothing. */
  readonly provisioned?: () => readonly ProvisionedTarget[];
  /** Told about every launch: its error, or undefined when it went well. */
  readonly onLaunch?: (spec: FunctionSpec, error: unknown) => void;
  /** Opens the log of a new environment, where logs are shipped. */
  readonly openLog?: ((spec: FunctionSpec) => ShippedLog) | undefined;
}

/**
 * Keeps the environments of all functions: one event at a time each, warm ones by deploy id, cold starts in parallel, one
 * fair line for who waits. At the total limit the longest idle environment makes room. Provisioned environments are there
 * before anybody asks, are given out first, and are replaced when they end.
 */
export class EnvironmentManager implements AsyncDisposable {
  readonly #options: EnvironmentManagerOptions;
  readonly #slots = new Set<Slot>();
  readonly #line: WaitingLine;
  readonly #provisioned: ProvisionedTargets;
  #stopped = false;

  constructor(options: EnvironmentManagerOptions) {
    this.#options = options;
    const { clock, limits } = options;
    this.#line = new WaitingLine({ clock, size: limits.queueSize, timeoutMs: limits.queueTimeoutMs });
    this.#provisioned = new ProvisionedTargets({ clock, limits, wake: () => this.#serve() });
  }

  /** Every environment that is not gone yet. */
  get slots(): readonly Readonly<Slot>[] {
    return [...this.#slots];
  }

  /** How many executions wait for an environment. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Waits for an environment.
   * @throws BackendError when its launch failed; FcError of {@link WaitingLine.join}, `FC_LAMBDA_STOPPED`
   */
  async acquire(spec: FunctionSpec, code: () => CodePackage, signal?: AbortSignal): Promise<Lease> {
    if (this.#stopped) throw stopped();
    const place = this.#line.join({ spec, code, served: this.#hasPlace(spec) }, signal);
    this.#serve();
    const ways = { rest: (slot: Slot) => this.#rest(slot), retire: (slot: Slot) => this.#retire(slot) };
    return leaseOf(await place, ways);
  }

  /** How far what is provisioned under this key is; undefined when nothing is. */
  provisioned(key: string): ProvisionedState | undefined {
    return this.#provisioned.state(key, this.#slots);
  }

  /** The function may be invoked soon: the backend may get something ready. That this fails is known like a failed launch. */
  prepare(spec: FunctionSpec, code: () => CodePackage): void {
    const { backend, onLaunch } = this.#options;
    if (this.#stopped || backend.prepare === undefined) return;
    const prepared = async (): Promise<void> => backend.prepare?.({ spec, code: code() });
    prepared().catch((error: unknown) => onLaunch?.(spec, error));
  }

  /** Has a function's container image pulled. A failure is known like a failed launch, the digest is told. */
  pullImage(spec: FunctionSpec, pulled: (digest: string) => void): void {
    const { backend, onLaunch } = this.#options;
    if (this.#stopped || backend.pullImage === undefined) return;
    backend
      .pullImage(spec)
      .then((digest) => {
        if (digest !== undefined && !this.#stopped) pulled(digest);
      })
      .catch((error: unknown) => onLaunch?.(spec, error));
  }

  /**
   * Follows a change of functions: ends what is no longer current or no longer provisioned, idle environments now and busy ones
   * when they are done, and makes what is missing.
   */
  reconcile(): void {
    this.#updateProvisioned();
    const outdated = [...this.#slots].filter(({ outdated: known, spec }) => !known && !this.#options.isCurrent(spec));
    for (const slot of [...outdated, ...this.#provisioned.surplus(this.#slots)]) this.#outdate(slot);
    this.#serve();
  }

  /** Ends matching environments, busy ones when they are done. Resolves with how many, once the idle ones among them are gone. */
  async retire(matches: (spec: FunctionSpec) => boolean): Promise<number> {
    const chosen = [...this.#slots].filter((slot) => slot.phase !== "retiring" && matches(slot.spec));
    const idle = chosen.filter((slot) => slot.phase === "idle");
    for (const slot of chosen) this.#outdate(slot);
    await Promise.all(idle.map((slot) => slot.gone.promise));
    return chosen.length;
  }

  /** Ends matching environments at once, busy or not, and rejects who waits for one. Resolves when they are gone. */
  async end(matches: (spec: FunctionSpec) => boolean): Promise<void> {
    this.#updateProvisioned();
    this.#line.rejectAll(stopped(), matches);
    const chosen = [...this.#slots].filter((slot) => matches(slot.spec));
    for (const slot of chosen) {
      slot.outdated = true;
      if (slot.phase === "starting") slot.abort.abort(stopped());
      else this.#retire(slot);
    }
    await Promise.all(chosen.map((slot) => slot.gone.promise));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    const { clock, logger } = this.#options;
    // What cannot end (its node is lost) must not keep the process: the backend has been told.
    await withDeadline({ timeoutMs: 5_000, what: "ending the environments", clock }, () => this.end(() => true)).catch(
      (error: unknown) => logger.warn({ error: errorText(error) }, "left execution environments"),
    );
  }

  #updateProvisioned(): void {
    this.#provisioned.update(this.#stopped ? [] : (this.#options.provisioned?.() ?? []));
  }

  #outdate(slot: Slot): void {
    slot.outdated = true;
    if (slot.phase === "idle") this.#retire(slot);
    else if (slot.phase === "starting" && slot.provisioned !== undefined) slot.abort.abort(stopped());
  }

  /** Hands idle environments to the line and launches what is missing, in the order of the line. */
  #serve(): void {
    const starting = new Map<string, number>();
    for (const { phase, spec, provisioned } of this.#slots)
      if (phase === "starting" && provisioned === undefined)
        starting.set(spec.deployId, (starting.get(spec.deployId) ?? 0) + 1);
    const promised = new Set<Slot>();
    const blocked = new Set<string>();
    /** Deploy ids of which nothing is idle: what is idle only gets less here. */
    const cold = new Set<string>();
    this.#provide(promised);
    for (const waiter of this.#line.inOrder()) {
      const { deployId, functionArn } = waiter.spec;
      const idle = cold.has(deployId) ? undefined : warmest(this.#slots, deployId);
      if (idle !== undefined) {
        this.#occupy(idle);
        waiter.resolve(idle);
        continue;
      }
      cold.add(deployId);
      if (blocked.has(functionArn)) continue;
      const coming = starting.get(deployId) ?? 0;
      if (coming > 0) starting.set(deployId, coming - 1);
      else {
        const before = promised.size;
        const room = makeRoom(this.#slots, waiter.spec, this.#options.limits, promised);
        // Nothing idle and nothing leaving: who stands behind for the same function need not be looked at.
        if (room === "wait" && promised.size === before) blocked.add(functionArn);
        if (room === "free") this.#launch(waiter.spec, waiter.code);
        else if (room !== "wait") this.#retire(room);
      }
    }
  }

  /** Whether a new arrival need not wait for others. */
  #hasPlace(spec: FunctionSpec): boolean {
    return (
      warmest(this.#slots, spec.deployId) !== undefined ||
      makeRoom(this.#slots, spec, this.#options.limits, new Set()) === "free"
    );
  }

  /** Launches provisioned environments that are missing, as far as there is room. */
  #provide(promised: Set<Slot>): void {
    for (const target of this.#provisioned.missing(this.#slots)) {
      // A function that was changed: what is to be provisioned now comes with the next reconcile().
      if (!this.#options.isCurrent(target.spec)) continue;
      const room = makeRoom(this.#slots, target.spec, this.#options.limits, promised);
      if (room === "free") this.#launch(target.spec, target.code, target.key);
      else if (room !== "wait") this.#retire(room);
    }
  }

  #occupy(slot: Slot): void {
    slot.phase = "busy";
    slot.lastUsedAt = this.#options.clock.now();
    slot.cancelKeepAlive?.();
    slot.cancelKeepAlive = undefined;
  }

  /** An environment that has nothing to do: for the next in line, or to keep warm, or to end. */
  #rest(slot: Slot): void {
    const { clock, limits } = this.#options;
    slot.lastUsedAt = clock.now();
    slot.outdated ||= this.#stopped || !this.#options.isCurrent(slot.spec);
    const wanted = this.#line.of(slot.spec.deployId).length > 0;
    if (slot.outdated && (slot.used || !wanted)) {
      this.#retire(slot);
      return;
    }
    slot.phase = "idle";
    this.#serve();
    if (!isIdle(slot)) return;
    if (slot.outdated) this.#retire(slot);
    else if (slot.provisioned === undefined)
      slot.cancelKeepAlive = clock.after(limits.keepAliveMs, () => this.#retire(slot));
  }

  #launch(spec: FunctionSpec, code: () => CodePackage, provisioned?: string): void {
    const { clock, openLog } = this.#options;
    const slot = newSlot(spec, { now: clock.now(), provisioned, log: openLog?.(spec) });
    this.#slots.add(slot);
    void launchSlot(slot, code, this.#options).then(
      (environment) => this.#started(slot, environment),
      (error: unknown) => this.#failed(slot, error),
    );
  }

  #started(slot: Slot, environment: ExecutionEnvironment): void {
    slot.environment = environment;
    void environment.ended.then(() => {
      if (slot.phase !== "retiring") this.#provisioned.lost(slot);
      this.#retire(slot);
    });
    this.#provisioned.arrived(slot);
    this.#options.onLaunch?.(slot.spec, undefined);
    if (slot.abort.signal.aborted) this.#retire(slot);
    else this.#rest(slot);
  }

  /** The failed launch is the answer to who waits longest, unless other launches are on the way for all who wait. */
  #failed(slot: Slot, error: unknown): void {
    slot.phase = "retiring";
    void slot.settled.then(() => this.#remove(slot));
    if (slot.provisioned === undefined || !slot.outdated) this.#options.onLaunch?.(slot.spec, error);
    if (slot.provisioned === undefined) this.#refuse(slot.spec.deployId, error);
    else if (!slot.outdated) this.#provisioned.failed(slot, error);
    this.#serve();
  }

  #refuse(deployId: string, error: unknown): void {
    const waiters = this.#line.of(deployId);
    const coming = [...this.#slots].filter(
      ({ phase, spec, provisioned }) => phase === "starting" && provisioned === undefined && spec.deployId === deployId,
    );
    if (waiters.length > coming.length) waiters[0]?.reject(error);
  }

  #retire(slot: Slot): void {
    if (slot.phase === "retiring" || !this.#slots.has(slot)) return;
    slot.phase = "retiring";
    slot.cancelKeepAlive?.();
    const { logger } = this.#options;
    const { functionName, version } = slot.spec;
    Promise.resolve(slot.environment?.terminate())
      .catch((error: unknown) =>
        logger.warn({ functionName, version, error: errorText(error) }, "an execution environment did not end"),
      )
      .finally(() => this.#remove(slot));
  }

  #remove(slot: Slot): void {
    this.#slots.delete(slot);
    slot.gone.resolve();
    this.#serve();
  }
}

/** A function, because the phase changes under the type checker's feet. */
function isIdle(slot: Slot): boolean {
  return slot.phase === "idle";
}

function stopped(): FcError {
  return new FcError("FC_LAMBDA_STOPPED", "The execution environments are being ended", { retryable: true });
}
