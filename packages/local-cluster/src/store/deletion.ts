import { type KubeObject, objectAt, textAt } from "./kube-object.ts";
import { type ObjectStore, timestamp } from "./object-store.ts";
import { type ResourceName, StatusError } from "./status-error.ts";

/** `meta/v1 DeleteOptions`, as far as they matter here. */
export interface DeletionOptions {
  /** Pods only. Default: the Pod's own terminationGracePeriodSeconds. */
  readonly gracePeriodSeconds?: number | undefined;
  /** Default Background: dependents are collected afterwards. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
}

export interface Deletion {
  /** The object as it is now, or was last. */
  readonly object: KubeObject;
  /** False: it is marked with a deletionTimestamp and goes when its agent, finalizers or contents are done. */
  readonly removed: boolean;
}

/** The finalizer of foreground deletion: the object stays until its dependents are gone. */
export const foregroundFinalizer = "foregroundDeletion";

/**
 * Deletes like the API does: Pods that run get a deletionTimestamp and their grace, finalizers delay the removal,
 * namespaces are emptied first, everything else goes at once.
 *
 * @throws StatusError 404 when it is absent, 409 when a precondition does not hold.
 */
export function requestDeletion(
  store: ObjectStore,
  resource: ResourceName,
  key: { readonly namespace: string; readonly name: string },
  options: DeletionOptions,
  nowMs: number,
): Deletion {
  const stored = store.peek(resource.plural, key.namespace, key.name);
  if (stored === undefined) throw StatusError.notFound(resource, key.name);
  checkPreconditions(resource, stored, options);
  const grace = resource.kind === "Pod" ? podGrace(stored, options.gracePeriodSeconds) : 0;
  if (options.propagationPolicy === "Foreground") addFinalizer(store, resource, stored);
  const current = store.peek(resource.plural, key.namespace, key.name) ?? stored;
  const held = (current.metadata.finalizers ?? []).length > 0 || resource.kind === "Namespace";
  if (grace === 0 && !held) {
    const last = store.remove(resource.plural, key.namespace, key.name);
    return { object: last ?? current, removed: true };
  }
  const marked = store.modify(resource.plural, key.namespace, key.name, (draft) => {
    const { metadata } = draft;
    // A second delete may only shorten what the first one allowed.
    if (metadata.deletionTimestamp !== undefined && grace >= (metadata.deletionGracePeriodSeconds ?? 0)) return;
    metadata.deletionTimestamp = timestamp(nowMs + grace * 1_000);
    metadata.deletionGracePeriodSeconds = grace;
    if (resource.kind === "Namespace") draft["status"] = { ...objectAt(draft, "status"), phase: "Terminating" };
  });
  return { object: marked ?? current, removed: false };
}

/** Removes an object that only waited for its finalizers, when none is left. */
export function finishDeletion(store: ObjectStore, resource: ResourceName, object: KubeObject): void {
  const { name, namespace = "", deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (deletionGracePeriodSeconds ?? 0) > 0 || (finalizers ?? []).length > 0) return;
  if (resource.kind !== "Namespace") store.remove(resource.plural, namespace, name);
}

function checkPreconditions(resource: ResourceName, stored: KubeObject, options: DeletionOptions): void {
  const { uid, resourceVersion, name } = stored.metadata;
  const wanted = options.preconditions;
  if (wanted?.uid !== undefined && wanted.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid ?? ""}`;
    throw StatusError.conflict(resource, name, why);
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${wanted.resourceVersion}, ResourceVersion in object meta: ${resourceVersion ?? ""}`;
    throw StatusError.conflict(resource, name, why);
  }
}

function podGrace(pod: KubeObject, asked: number | undefined): number {
  const spec = objectAt(pod, "spec");
  const ended = ["Succeeded", "Failed"].includes(textAt(pod["status"], "phase"));
  if (textAt(spec, "nodeName") === "" || ended) return 0;
  const own = spec["terminationGracePeriodSeconds"];
  const grace = asked ?? (typeof own === "number" ? own : 30);
  return grace < 0 ? 1 : grace;
}

function addFinalizer(store: ObjectStore, resource: ResourceName, object: KubeObject): void {
  store.modify(resource.plural, object.metadata.namespace ?? "", object.metadata.name, ({ metadata }) => {
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), foregroundFinalizer])];
  });
}
