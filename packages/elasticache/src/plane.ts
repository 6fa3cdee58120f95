import type { Clock, Logger, Semaphore } from "@fc/core";
import type { CacheBackend } from "./backend/backend.ts";
import type { EventLog } from "./events/event-log.ts";
import type { ElastiCacheSettings } from "./settings.ts";
import type { SnapshotBytes } from "./snapshots/snapshot-bytes.ts";
import type { State } from "./state/state.ts";
import type { TaskRunner } from "./transitions/task-runner.ts";

/** What the operations and the transitions share: made once by `createElastiCache`. */
export interface Plane {
  readonly backend: CacheBackend;
  readonly state: State;
  readonly tasks: TaskRunner;
  readonly events: EventLog;
  readonly bytes: SnapshotBytes;
  readonly settings: ElastiCacheSettings;
  /** Bounds how many nodes start at once. */
  readonly starts: Semaphore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}
