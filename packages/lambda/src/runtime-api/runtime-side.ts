import type { Invocation } from "../backend/index.ts";
import type { FunctionError } from "./function-error.ts";
import type { LogMode } from "./log-capture.ts";

/** A runtime that waits for its next invocation. */
export interface Poll {
  /** Writes the event. False when the connection is gone, so that nothing was written. */
  deliver(invocation: Invocation): boolean;
  /** Drops the connection. */
  drop(): void;
}

/** What a runtime answered. */
export type Completion = { readonly payload: Uint8Array } | { readonly error: FunctionError };

/** The runtime's side of a session: who speaks for a runtime that does not dial the Runtime API itself uses it directly. */
export interface RuntimeSide {
  /** The runtime has its code, from the gate or because it was there (a container image): the init phase begins. */
  codeArrived(): void;
  /** The runtime waits for work. False when it may not: it has not answered its last invocation, or waits already. */
  next(poll: Poll): boolean;
  /** The runtime answered. False when it was not asked. */
  complete(requestId: string, completion: Completion): boolean;
  /** The connection to the runtime is gone: it ended. Why may still be told, by `environmentEnded`. */
  connectionLost(): void;
  /**
   * What the runtime wrote, where it has no log channel of its own.
   * @param mode `direct` when it is read from the pipe that the runtime writes to, into which the runtime has written all before it answers.
   * Default: `relay`, as from a cluster
   */
  wrote(chunk: Uint8Array, mode?: LogMode): void;
}
