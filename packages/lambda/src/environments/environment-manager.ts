import { type Clock, errorText, FcError, type Logger, withDeadline } from "@fc/core";
import type { ExecutionEnvironment, LambdaBackend } from "../backend/backend.ts";
import type { CodePackage, FunctionSpec } from "../backend/function-spec.ts";
import { makeRoom } from "./room.ts";
import { newSlot, type Slot } from "./slot.ts";
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

/** The right to run one event on an environment. Belongs to the execution, not to whoever asked for it. */
export interface Lease {
  readonly environment: ExecutionEnvironment;
  /** True for the environment's first event. */
  readonly fresh: boolean;
  /** Gives the environment back. */
  release(): void;
  /** Ends the environment instead. */
  discard(): void;
}

export interface EnvironmentManagerOptions {
  readonly backend: LambdaBackend;
  readonly limits: EnvironmentLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether an environment of this spec may still serve: false once the function was changed or deleted. */
  readonly isCurrent: (spec: FunctionSpec) => boolean;
  /** Told about every launch: its error, or undefined when it went well. */
  readonly onLaunch?: (spec: FunctionSpec, error: unknown) => void;
}

/**
 * Keeps the environments of all functions: one event at a time each, warm ones by deploy id, cold starts in parallel, one
 * fair line for who waits. At the total limit the longest idle environment makes room.
 */
export class EnvironmentManager implements AsyncDisposable {
  readonly #options: EnvironmentManagerOptions;
  readonly #slots = new Set<Slot>();
  readonly #line: WaitingLine;
  #stopped = false;

  constructor(options: EnvironmentManagerOptions) {
    this.#options = options;
    const { queueSize, queueTimeoutMs } = options.limits;
    this.#line = new WaitingLine({ clock: options.clock, size: queueSize, timeoutMs: queueTimeoutMs });
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
    const place = this.#line.join(spec, code, signal);
    this.#serve();
    return this.#lease(await place);
  }

  /** The function may be invoked soon: the backend may get something ready. That this fails is known like a failed launch. */
  prepare(spec: FunctionSpec, code: () => CodePackage): void {
    const { backend, onLaunch } = this.#options;
    if (this.#stopped || backend.prepare === undefined) return;
    backend.prepare({ spec, code: code() }).catch((error: unknown) => onLaunch?.(spec, error));
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

  /** Ends what is no longer current: idle environments now, busy ones when they are done. */
  retireOutdated(): void {
    for (const slot of this.#slots) {
      if (slot.outdated || this.#options.isCurrent(slot.spec)) continue;
      slot.outdated = true;
      if (slot.phase === "idle") this.#retire(slot);
    }
  }

  /** Like {@link retireOutdated}, for those that match. Resolves with how many, once the idle ones among them are gone. */
  async retire(matches: (spec: FunctionSpec) => boolean): Promise<number> {
    const chosen = [...this.#slots].filter((slot) => slot.phase !== "retiring" && matches(slot.spec));
    const idle = chosen.filter((slot) => slot.phase === "idle");
    for (const slot of chosen) slot.outdated = true;
    for (const slot of idle) this.#retire(slot);
    await Promise.all(idle.map((slot) => slot.gone.promise));
    return chosen.length;
  }

  /** Ends matching environments at once, busy or not, and rejects who waits for one. Resolves when they are gone. */
  async end(matches: (spec: FunctionSpec) => boolean): Promise<void> {
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
    await this.end(() => true);
  }

  /** Hands idle environments to the line and launches what is missing, in the order of the line. */
  #serve(): void {
    const starting = new Map<string, number>();
    for (const { phase, spec } of this.#slots)
      if (phase === "starting") starting.set(spec.deployId, (starting.get(spec.deployId) ?? 0) + 1);
    const promised = new Set<Slot>();
    const blocked = new Set<string>();
    for (const waiter of this.#line.inOrder()) {
      const { deployId, functionArn } = waiter.spec;
      if (blocked.has(functionArn)) continue;
      const idle = this.#idle(deployId);
      const coming = starting.get(deployId) ?? 0;
      if (idle !== undefined) {
        this.#occupy(idle);
        waiter.resolve(idle);
      } else if (coming > 0) starting.set(deployId, coming - 1);
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

  /** The warmest idle environment: the rest can cool down and go. */
  #idle(deployId: string): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots)
      if (
        slot.phase === "idle" &&
        slot.spec.deployId === deployId &&
        (best === undefined || slot.lastUsedAt > best.lastUsedAt)
      )
        best = slot;
    return best;
  }

  #occupy(slot: Slot): void {
    slot.phase = "busy";
    slot.lastUsedAt = this.#options.clock.now();
    slot.cancelKeepAlive?.();
    slot.cancelKeepAlive = undefined;
  }

  #lease(slot: Slot): Lease {
    const fresh = !slot.used;
    slot.used = true;
    let held = true;
    const settle = (end: () => void): void => {
      if (!held) return;
      held = false;
      if (slot.phase === "busy") end();
    };
    return {
      environment: slot.environment as ExecutionEnvironment,
      fresh,
      release: () => settle(() => this.#rest(slot)),
      discard: () => settle(() => this.#retire(slot)),
    };
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
    else slot.cancelKeepAlive = clock.after(limits.keepAliveMs, () => this.#retire(slot));
  }

  #launch(spec: FunctionSpec, code: () => CodePackage): void {
    const slot = newSlot(spec, this.#options.clock.now());
    this.#slots.add(slot);
    void this.#start(slot, code).then(
      (environment) => this.#started(slot, environment),
      (error: unknown) => this.#failed(slot, error),
    );
  }

  #start(slot: Slot, code: () => CodePackage): Promise<ExecutionEnvironment> {
    const { backend, clock, limits } = this.#options;
    const { spec } = slot;
    const what = `making an execution environment for ${spec.functionName}:${spec.version}`;
    const options = { timeoutMs: limits.launchTimeoutMs, what, clock, signal: slot.abort.signal };
    return withDeadline(options, (signal) => {
      const launched = (async () => {
        const request = { spec, code: code(), initTimeoutMs: limits.initTimeoutMs };
        const environment = await backend.launch(request, { signal });
        // The deadline may have passed while the backend was answering: nobody would end this environment then.
        if (signal.aborted) await environment.terminate();
        return environment;
      })();
      slot.settled = launched.then(
        () => undefined,
        () => undefined,
      );
      return launched;
    });
  }

  #started(slot: Slot, environment: ExecutionEnvironment): void {
    slot.environment = environment;
    void environment.ended.then(() => this.#retire(slot));
    this.#options.onLaunch?.(slot.spec, undefined);
    if (slot.abort.signal.aborted) this.#retire(slot);
    else this.#rest(slot);
  }

  /** The failed launch is the answer to who waits longest, unless other launches are on the way for all who wait. */
  #failed(slot: Slot, error: unknown): void {
    slot.phase = "retiring";
    void slot.settled.then(() => this.#remove(slot));
    this.#options.onLaunch?.(slot.spec, error);
    const { deployId } = slot.spec;
    const waiters = this.#line.of(deployId);
    const coming = [...this.#slots].filter((other) => other.phase === "starting" && other.spec.deployId === deployId);
    if (waiters.length > coming.length) waiters[0]?.reject(error);
    this.#serve();
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
