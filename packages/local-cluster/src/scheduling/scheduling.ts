import type { Clock } from "@fc/core";
import { createEventRecorder } from "../node/event-recorder.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { startScheduler } from "./scheduler.ts";
import { startTaintEviction } from "./taint-eviction.ts";

/** Starts what decides on which node a Pod runs, and when it has to leave it. */
export function startScheduling({ store, clock }: { store: ObjectStore; clock: Clock }): AsyncDisposable {
  const recorder = (component: string): ReturnType<typeof createEventRecorder> =>
    createEventRecorder({ store, clock, component });
  const stops = [
    startScheduler({ store, clock, record: recorder("default-scheduler") }),
    startTaintEviction({ store, clock, record: recorder("taint-eviction-controller") }),
  ];
  return {
    [Symbol.asyncDispose]: () => {
      for (const stop of stops) stop();
      return Promise.resolve();
    },
  };
}
