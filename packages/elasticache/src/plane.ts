import { randomUUID } from "node:crypto";
import {
  type BlobStore,
  type Clock,
  type Logger,
  type RecordStore,
  Semaphore,
  silentLogger,
  systemClock,
} from "@fc/core";
import type { CacheBackend } from "./backend/backend.ts";
import { createEventLog, type EventLog } from "./events/event-log.ts";
import { defaultSettings, type ElastiCacheSettings } from "./settings.ts";
import { SnapshotBytes } from "./snapshots/snapshot-bytes.ts";
import type { SnapshotFiles } from "./snapshots/snapshot-files.ts";
import { openState, type State } from "./state/state.ts";
import { TaskRunner } from "./transitions/task-runner.ts";

export interface ElastiCacheOptions {
  readonly backend: CacheBackend;
  readonly records: RecordStore;
  /** Holds the bytes of snapshots. */
  readonly blobs: BlobStore;
  /** Whether it holds nothing else: then what a process that died left in it is removed at recovery. Default false. */
  readonly ownsBlobs?: boolean;
  /** What snapshots are exported to and caches are seeded from. Default: both are refused. */
  readonly files?: SnapshotFiles;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Access keys and secrets that sign the tokens of users with IAM authentication. Default: any key; signatures are read, not verified. */
  readonly signatures?: { readonly secrets: Readonly<Record<string, string>> };
  /** Deadlines and limits. Defaults: those of `elastiCacheSettings`. */
  readonly settings?: Partial<ElastiCacheSettings>;
  /** Makes unique ids. Default: random UUIDs. */
  readonly newId?: () => string;
}

/** What the operations and the transitions share: made once by `createElastiCache`. */
export interface Plane {
  readonly backend: CacheBackend;
  readonly state: State;
  readonly tasks: TaskRunner;
  readonly events: EventLog;
  readonly blobs: BlobStore;
  readonly bytes: SnapshotBytes;
  readonly files: SnapshotFiles | undefined;
  readonly settings: ElastiCacheSettings;
  /** Bounds how many nodes start at once. */
  readonly starts: Semaphore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

export function createPlane(options: ElastiCacheOptions): Plane {
  const { backend, records, blobs, clock = systemClock, logger = silentLogger, newId = randomUUID } = options;
  const settings: ElastiCacheSettings = { ...defaultSettings, ...options.settings };
  const state = openState(records);
  return {
    backend,
    state,
    settings,
    clock,
    logger,
    newId,
    blobs,
    files: options.files,
    tasks: new TaskRunner(logger, clock),
    events: createEventLog(state, clock, newId),
    bytes: new SnapshotBytes(state, blobs, logger),
    starts: new Semaphore(settings.parallelStarts),
  };
}
