import { randomUUID } from "node:crypto";
import { type AwsService, createService, loadModel } from "@fc/aws";
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
import { createEventLog } from "./events/event-log.ts";
import { createIntrospection, type ElastiCacheIntrospection } from "./introspection.ts";
import { createHandlers } from "./operations.ts";
import type { Plane } from "./plane.ts";
import { resetState } from "./reset.ts";
import type { ElastiCacheSettings } from "./settings.ts";
import { defaultSettings } from "./settings.ts";
import { SnapshotBytes } from "./snapshots/snapshot-bytes.ts";
import { openState } from "./state/state.ts";
import { watchNodes } from "./transitions/node-events.ts";
import { TaskRunner } from "./transitions/task-runner.ts";
import { driveAll } from "./transitions/transitions.ts";

export interface ElastiCacheOptions {
  readonly backend: CacheBackend;
  readonly records: RecordStore;
  /** Holds the bytes of snapshots. */
  readonly blobs: BlobStore;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Deadlines and limits. Defaults: those of {@link elastiCacheSettings}. */
  readonly settings?: Partial<ElastiCacheSettings>;
  /** Makes unique ids. Default: random UUIDs. */
  readonly newId?: () => string;
}

/** Amazon ElastiCache: the service for a gateway of `@fc/aws`, and what a server needs around it. */
export interface ElastiCache extends AsyncDisposable {
  readonly service: AwsService;
  /** To be called once at start: every transition that a former process left gets its owner again, and running nodes are adopted. */
  recover(): Promise<void>;
  /** Removes everything of an account, or of all; resolves when nodes and bytes are gone. */
  reset(options?: { readonly account?: string }): Promise<void>;
  readonly introspect: ElastiCacheIntrospection;
  /** Whether nodes can be made, and what is under way. */
  health(): Promise<{ readonly ready: boolean; readonly detail: string }>;
  /** Resolves when no transition is under way. For tests and for shutting down at rest. */
  idle(): Promise<void>;
}

/** Makes the service. Nothing runs in it until {@link ElastiCache.recover} or the first request. */
export function createElastiCache(options: ElastiCacheOptions): ElastiCache {
  const { backend, records, blobs, clock = systemClock, logger = silentLogger, newId = randomUUID } = options;
  const settings: ElastiCacheSettings = { ...defaultSettings, ...options.settings };
  const state = openState(records);
  const plane: Plane = {
    backend,
    state,
    settings,
    clock,
    logger,
    newId,
    tasks: new TaskRunner(logger),
    events: createEventLog(state, clock, newId),
    bytes: new SnapshotBytes(state, blobs, logger),
    starts: new Semaphore(settings.parallelStarts),
  };
  const stopWatching = watchNodes(plane);
  return {
    service: createService({
      model: loadModel(new URL("../model.json", import.meta.url)),
      handlers: createHandlers(plane),
      logger,
    }),
    introspect: createIntrospection(plane),
    recover: async () => {
      const removed = await backend.reapStale();
      if (removed > 0) logger.info({ removed }, "removed cache nodes that dead processes had left");
      driveAll(plane);
    },
    reset: (what) => resetState(plane, what?.account),
    idle: () => plane.tasks.idle(),
    health: async () => {
      const { ready, detail } = await backend.health();
      const busy = state.clusters.all().filter((cluster) => cluster.transition !== undefined).length;
      return { ready, detail: `${detail}; ${busy} cache clusters in transition` };
    },
    [Symbol.asyncDispose]: async () => {
      stopWatching();
      await plane.tasks.stop();
    },
  };
}
