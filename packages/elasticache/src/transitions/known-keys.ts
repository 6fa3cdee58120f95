import type { State } from "../state/state.ts";
import { nodeKeysOf } from "./node-spec.ts";

/**
 * Whether a key of the backend's is one of ours: a node's, a group's or a serverless cache's. A backend asks of everything that it has, one
 * after the other: the records are read once for all that it asks before it waits for something.
 */
export function knownKeys(state: State): (key: string) => boolean {
  let known: ReadonlySet<string> | undefined;
  return (key) => {
    if (known === undefined) {
      known = keysIn(state);
      queueMicrotask(() => {
        known = undefined;
      });
    }
    return known.has(key);
  };
}

function keysIn({ clusters, groups, serverlessCaches }: State): ReadonlySet<string> {
  return new Set([
    ...clusters.all().flatMap(nodeKeysOf),
    ...groups.all().map(({ groupKey }) => groupKey),
    ...serverlessCaches.all().map(({ nodeKey }) => nodeKey),
  ]);
}
