import type { ObjectStore } from "../store/object-store.ts";

/** How many Events the cluster keeps; the oldest go first. */
const maxEvents = 1_000;

/** Bounds the number of Events. Returns what stops it. */
export function startEventLimit(store: ObjectStore): () => void {
  // Oldest first: Map and Set keep the order of insertion.
  const kept = new Map<string, { namespace: string; name: string }>();
  return store.watch("events", ({ type, object }) => {
    const { uid = "", name, namespace = "" } = object.metadata;
    if (type === "DELETED") kept.delete(uid);
    if (type === "ADDED") kept.set(uid, { namespace, name });
    for (const [oldUid, old] of kept) {
      if (kept.size <= maxEvents) return;
      kept.delete(oldUid);
      store.remove("events", old.namespace, old.name, { uid: oldUid });
    }
  });
}
