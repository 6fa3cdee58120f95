import type { Deferred } from "@fc/core";
import type { Invocation, InvocationResult } from "../backend/index.ts";

/** The invocation that an environment was given, until it is answered. */
export interface ActiveInvocation {
  invocation: Invocation;
  readonly result: Deferred<InvocationResult>;
  cancelDeadline: () => void;
  deliveredAtMs?: number;
  /** When the init phase began that belongs to this invocation's time. */
  initAtMs?: number;
}
