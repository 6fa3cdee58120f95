import type { ExecutionEnvironment } from "../backend/backend.ts";
import type { ShippedLog } from "../logs/environment-log.ts";
import type { Slot } from "./slot.ts";

/** The right to run one event on an environment. Belongs to the execution, not to whoever asked for it. */
export interface Lease {
  readonly environment: ExecutionEnvironment;
  /** True for the environment's first event. */
  readonly fresh: boolean;
  /** Where its log is shipped to, if it is. */
  readonly log: ShippedLog | undefined;
  /** Gives the environment back. */
  release(): void;
  /** Ends the environment instead. */
  discard(): void;
}

/** A lease of a busy slot; `ways` are told at most one end of it. */
export function leaseOf(slot: Slot, ways: { rest(slot: Slot): void; retire(slot: Slot): void }): Lease {
  const fresh = !slot.used;
  slot.used = true;
  let held = true;
  const settle = (end: (slot: Slot) => void): void => {
    if (!held) return;
    held = false;
    if (slot.phase === "busy") end(slot);
  };
  return {
    environment: slot.environment as ExecutionEnvironment,
    fresh,
    log: slot.log,
    release: () => settle((one) => ways.rest(one)),
    discard: () => settle((one) => ways.retire(one)),
  };
}
