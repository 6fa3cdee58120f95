import type { Clock, Logger } from "@fc/core";
import type { ObjectStore } from "../store/object-store.ts";
import type { ServiceRange } from "./service-range.ts";

/** What controllers work with. */
export interface ControllersOptions {
  readonly store: ObjectStore;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where ClusterIPs come from. */
  readonly serviceRange: ServiceRange;
}
