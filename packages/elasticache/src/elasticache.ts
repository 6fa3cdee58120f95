import { type AwsService, createService, loadModel } from "@fc/aws";
import { errorText } from "@fc/core";
import { createIamLogins, type IamLogin } from "./access/iam-login.ts";
import { createIntrospection, type ElastiCacheIntrospection } from "./introspection.ts";
import { createHandlers } from "./operations.ts";
import { createPlane, type ElastiCacheOptions, type Plane } from "./plane.ts";
import { resetState } from "./reset.ts";
import { driveAll } from "./transitions/drive-all.ts";
import { knownKeys } from "./transitions/known-keys.ts";
import { watchNodes } from "./transitions/node-events.ts";
import { startSchedule } from "./transitions/schedule.ts";

/** Amazon ElastiCache: the service for a gateway of `@fc/aws`, and what a server needs around it. */
export interface ElastiCache extends AsyncDisposable {
  readonly service: AwsService;
  /**
   * To be called once at start: every transition that a former process left gets its owner again, running
   * nodes are adopted, and maintenance and snapshot windows are kept from then on.
   */
  recover(): Promise<void>;
  /** Removes everything of an account, or of all; resolves when nodes and bytes are gone. */
  reset(options?: { readonly account?: string }): Promise<void>;
  readonly introspect: ElastiCacheIntrospection;
  /** Whether the token of a user with IAM authentication opens an engine: what stands before that engine asks, by way of its backend. */
  allowsLogin(login: IamLogin): boolean;
  /** Whether nodes can be made, and what is under way. */
  health(): Promise<{ readonly ready: boolean; readonly detail: string }>;
  /** Resolves when no transition is under way. For tests and for shutting down at rest. */
  idle(): Promise<void>;
}

/** Makes the service. Nothing runs in it until {@link ElastiCache.recover} or the first request. */
export function createElastiCache(options: ElastiCacheOptions): ElastiCache {
  const plane = createPlane(options);
  const { backend, state, logger } = plane;
  const { secrets } = options.signatures ?? {};
  const stops = [watchNodes(plane)];
  return {
    service: createService({
      model: loadModel(new URL("../model.json", import.meta.url)),
      handlers: createHandlers(plane),
      logger,
    }),
    introspect: createIntrospection(plane),
    allowsLogin: createIamLogins(state, { secrets, clock: plane.clock }),
    recover: async () => {
      await reapStale(plane);
      backend.keepOnly?.(knownKeys(state));
      if (options.ownsBlobs === true) await plane.bytes.removeUnnamed();
      driveAll(plane);
      stops.push(startSchedule(plane));
    },
    reset: (what) => resetState(plane, what?.account),
    idle: () => plane.tasks.idle(),
    health: async () => {
      const { ready, detail } = await backend.health();
      const busy = state.clusters.all().filter((cluster) => cluster.transition !== undefined).length;
      return { ready, detail: `${detail}; ${busy} cache clusters in transition` };
    },
    [Symbol.asyncDispose]: async () => {
      for (const stop of stops.splice(0)) stop();
      await plane.tasks.stop();
      await plane.files?.[Symbol.asyncDispose]();
    },
  };
}

/** What is not removed now is tried again by the next start: it must not keep this one from serving. */
async function reapStale({ backend, logger }: Plane): Promise<void> {
  try {
    const removed = await backend.reapStale();
    if (removed > 0) logger.info({ removed }, "removed cache nodes that dead processes had left");
  } catch (error) {
    logger.warn({ error: errorText(error) }, "cache nodes that dead processes left could not be removed");
  }
}
