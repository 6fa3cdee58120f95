import type { Clock } from "@fc/core";
import { type Resource, resourceOfKind, storedResources } from "../api/resources.ts";
import { foregroundFinalizer, requestDeletion } from "../store/deletion.ts";
import type { KubeObject, OwnerReference } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";

/**
 * Deletes what has owners and has lost all of them. An owner in another namespace, or one whose name is used by an
 * object with another uid, counts as lost, as in Kubernetes. Returns what stops it.
 */
export function startGarbageCollector(store: ObjectStore, clock: Clock): () => void {
  const collector = new GarbageCollector(store, clock);
  const stops = storedResources.map((resource) =>
    store.watch(resource.plural, ({ type, object }) => {
      if (type === "DELETED") collector.ownerGone(object);
      else collector.check(resource, object);
    }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

class GarbageCollector {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  // By the owner's uid: without it every deletion would look at every object.
  readonly #dependents = new Map<string, Map<string, { resource: Resource; namespace: string; name: string }>>();

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  check(resource: Resource, object: KubeObject): void {
    const { uid = "", name, namespace = "", ownerReferences = [], deletionTimestamp } = object.metadata;
    for (const owner of ownerReferences) {
      const known = this.#dependents.get(owner.uid) ?? new Map();
      known.set(uid, { resource, namespace, name });
      this.#dependents.set(owner.uid, known);
    }
    if (ownerReferences.length > 0 && deletionTimestamp === undefined)
      this.#collectIfOrphaned(resource, namespace, name);
    if (deletionTimestamp !== undefined && object.metadata.finalizers?.includes(foregroundFinalizer) === true) {
      this.#deleteDependents(uid);
      this.#finishForeground(resource, object);
    }
  }

  ownerGone(object: KubeObject): void {
    const { uid = "", ownerReferences = [] } = object.metadata;
    const dependents = [...(this.#dependents.get(uid)?.values() ?? [])];
    this.#dependents.delete(uid);
    for (const owner of ownerReferences) {
      const siblings = this.#dependents.get(owner.uid);
      siblings?.delete(uid);
      if (siblings?.size === 0) this.#dependents.delete(owner.uid);
      this.#finishForegroundOwner(owner, object.metadata.namespace ?? "");
    }
    for (const dependent of dependents)
      this.#collectIfOrphaned(dependent.resource, dependent.namespace, dependent.name);
  }

  #collectIfOrphaned(resource: Resource, namespace: string, name: string): void {
    const object = this.#store.peek(resource.plural, namespace, name);
    const owners = object?.metadata.ownerReferences ?? [];
    if (object === undefined || owners.length === 0 || owners.some((owner) => this.#exists(owner, namespace))) return;
    requestDeletion(this.#store, resource, { namespace, name }, {}, this.#clock.now());
  }

  #exists(owner: OwnerReference, namespace: string): boolean {
    const resource = resourceOfKind(owner.apiVersion, owner.kind);
    // Kinds that this cluster does not have cannot be checked; their dependents stay.
    if (resource === undefined) return true;
    const found = this.#store.peek(resource.plural, resource.namespaced ? namespace : "", owner.name);
    return found?.metadata.uid === owner.uid;
  }

  #deleteDependents(owner: string): void {
    for (const { resource, namespace, name } of [...(this.#dependents.get(owner)?.values() ?? [])]) {
      const object = this.#store.peek(resource.plural, namespace, name);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) continue;
      requestDeletion(this.#store, resource, { namespace, name }, {}, this.#clock.now());
    }
  }

  #finishForegroundOwner(owner: OwnerReference, namespace: string): void {
    const resource = resourceOfKind(owner.apiVersion, owner.kind);
    if (resource === undefined) return;
    const object = this.#store.peek(resource.plural, resource.namespaced ? namespace : "", owner.name);
    if (object?.metadata.uid === owner.uid && object.metadata.deletionTimestamp !== undefined)
      this.#finishForeground(resource, object);
  }

  #finishForeground(resource: Resource, object: KubeObject): void {
    const { uid = "", namespace = "", name, finalizers = [] } = object.metadata;
    if ((this.#dependents.get(uid)?.size ?? 0) > 0 || !finalizers.includes(foregroundFinalizer)) return;
    const rest = finalizers.filter((finalizer) => finalizer !== foregroundFinalizer);
    this.#store.modify(resource.plural, namespace, name, ({ metadata }) => {
      metadata.finalizers = rest;
    });
    if (rest.length === 0 && (object.metadata.deletionGracePeriodSeconds ?? 0) === 0)
      this.#store.remove(resource.plural, namespace, name, { uid });
  }
}
