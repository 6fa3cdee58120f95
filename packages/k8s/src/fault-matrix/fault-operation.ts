import type { FaultMatch } from "../testing/fault-proxy/fault.ts";
import type { FaultScene } from "./fault-stage.ts";

/** Something a caller does, whose requests a fault can meet. */
export interface FaultOperation {
  /** The requests that are met. */
  readonly match: (scene: FaultScene) => FaultMatch;
  /**
   * Gets as far as a fault needs it (a kept connection, an open stream), and returns the rest, which rejects with what the
   * caller sees, or with an AssertionError when the value is not what it should be.
   */
  readonly begin: (scene: FaultScene) => Promise<() => Promise<void>> | (() => Promise<void>);
  /** Has a stream open when the fault comes. */
  readonly streams?: boolean;
  /** Lets the time come when the caller gives up waiting, or ends the wait. Default: 10 s, for an answer's head. */
  readonly giveUp?: (scene: FaultScene, lift: () => void) => void;
}
