import { type Deferred, deferred } from "@fc/core";
import type { ExecutionEnvironment } from "../backend/backend.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import type { ShippedLog } from "../logs/environment-log.ts";

/** One place for an environment, from before its launch until nothing of it is left. */
export interface Slot {
  readonly spec: FunctionSpec;
  /** Names what it is provisioned for; absent for one that was made on demand. */
  readonly provisioned?: string;
  phase: "starting" | "idle" | "busy" | "retiring";
  environment?: ExecutionEnvironment;
  /** Where its log is shipped to. */
  readonly log: ShippedLog | undefined;
  /** Milliseconds since the epoch: when the launch began. */
  readonly startedAt: number;
  /** Milliseconds since the epoch. */
  lastUsedAt: number;
  /** Has run an invocation. */
  used: boolean;
  /** Is to end as soon as it is not busy. */
  outdated: boolean;
  /** Ends the launch. */
  readonly abort: AbortController;
  /** Resolves when the backend is done with the launch, also long after its deadline. */
  settled: Promise<void>;
  readonly gone: Deferred<void>;
  cancelKeepAlive: (() => void) | undefined;
}

export function newSlot(
  spec: FunctionSpec,
  {
    now,
    provisioned,
    log,
  }: {
    readonly now: number;
    readonly provisioned?: string | undefined;
    readonly log?: ShippedLog | undefined;
  },
): Slot {
  return {
    spec,
    log,
    ...(provisioned === undefined ? {} : { provisioned }),
    phase: "starting",
    startedAt: now,
    lastUsedAt: now,
    used: false,
    outdated: false,
    abort: new AbortController(),
    settled: Promise.resolve(),
    gone: deferred(),
    cancelKeepAlive: undefined,
  };
}

type Named = Pick<FunctionSpec, "account" | "region" | "functionName">;

export function sameFunction(a: Named, b: Named): boolean {
  return a.functionName === b.functionName && a.account === b.account && a.region === b.region;
}

/** The idle environment that is to serve: a provisioned one, else the one used last, so that the rest can cool down and go. */
export function warmest(slots: Iterable<Slot>, deployId: string): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of slots)
    if (slot.phase === "idle" && slot.spec.deployId === deployId && (best === undefined || isBetter(slot, best)))
      best = slot;
  return best;
}

function isBetter(slot: Slot, than: Slot): boolean {
  if ((slot.provisioned === undefined) !== (than.provisioned === undefined)) return slot.provisioned !== undefined;
  return slot.lastUsedAt > than.lastUsedAt;
}
