import type { Clock } from "@fc/core";
import { storedResources } from "../api/resources.ts";
import { requestDeletion } from "../store/deletion.ts";
import { objectAt } from "../store/kube-object.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { deletionConditions, isFree } from "./namespace-conditions.ts";

const builtIn = ["default", "kube-system", "kube-node-lease", "kube-public"];
const contents = storedResources.filter((resource) => resource.namespaced);

/**
 * Makes the built-in namespaces, gives every namespace its default ServiceAccount, and
 * empties a namespace that is being deleted before it goes. Returns what stops it.
 */
export function startNamespaces(store: ObjectStore, clock: Clock): () => void {
  const stops = [
    store.watch("namespaces", ({ type, object }) => {
      if (type === "ADDED") addServiceAccount(store, object.metadata.name);
      if (type === "MODIFIED") empty(store, clock, object.metadata.name);
    }),
    ...contents.map((resource) =>
      store.watch(resource.plural, ({ type, object }) => {
        const { namespace = "" } = object.metadata;
        if (type !== "ADDED") empty(store, clock, namespace);
        if (type === "DELETED" && resource.kind === "ServiceAccount") addServiceAccount(store, namespace);
      }),
    ),
  ];
  for (const name of builtIn) {
    const metadata = { name, labels: { "kubernetes.io/metadata.name": name } };
    const spec = { finalizers: ["kubernetes"] };
    store.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata, spec, status: { phase: "Active" } });
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/** Deletes what is in a namespace that is being deleted, says in its status what is left, and removes it when that is nothing. */
function empty(store: ObjectStore, clock: Clock, namespace: string): void {
  const isDeleted = (): boolean => store.peek("namespaces", "", namespace)?.metadata.deletionTimestamp !== undefined;
  if (!isDeleted()) return;
  for (const resource of contents) {
    for (const { metadata } of store.peekList(resource.plural, namespace)) {
      if (metadata.deletionTimestamp !== undefined) continue;
      requestDeletion(store, resource, { namespace, name: metadata.name }, {}, clock.now());
    }
  }
  const remaining = contents.map((resource) => ({ resource, objects: store.peekList(resource.plural, namespace) }));
  const stored = store.peek("namespaces", "", namespace);
  if (stored === undefined) return;
  if (remaining.every(({ objects }) => objects.length === 0) && isFree(stored)) {
    store.remove("namespaces", "", namespace);
    return;
  }
  const conditions = deletionConditions(stored, remaining, timestamp(clock.now()));
  store.modify("namespaces", "", namespace, (draft) => {
    draft["status"] = { ...objectAt(draft, "status"), conditions };
  });
}

/** A namespace that lives has its default ServiceAccount. */
function addServiceAccount(store: ObjectStore, namespace: string): void {
  const live = store.peek("namespaces", "", namespace);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
  if (store.peek("serviceaccounts", namespace, "default") !== undefined) return;
  store.create("serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  });
}
