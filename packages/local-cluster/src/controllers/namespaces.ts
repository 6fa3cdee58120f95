import type { Clock } from "@fc/core";
import { storedResources } from "../api/resources.ts";
import { requestDeletion } from "../store/deletion.ts";
import type { ObjectStore } from "../store/object-store.ts";

const builtIn = ["default", "kube-system", "kube-node-lease", "kube-public"];
const contents = storedResources.filter((resource) => resource.namespaced);

/**
 * Makes the built-in namespaces, gives every namespace its default ServiceAccount, and
 * empties a namespace that is being deleted before it goes. Returns what stops it.
 */
export function startNamespaces(store: ObjectStore, clock: Clock): () => void {
  const empty = (namespace: string): void => {
    const stored = store.peek("namespaces", "", namespace);
    if (stored?.metadata.deletionTimestamp === undefined) return;
    let left = 0;
    for (const resource of contents) {
      for (const { metadata } of store.peekList(resource.plural, namespace)) {
        if (metadata.deletionTimestamp === undefined) {
          requestDeletion(store, resource, { namespace, name: metadata.name }, {}, clock.now());
        }
        if (store.peek(resource.plural, namespace, metadata.name) !== undefined) left += 1;
      }
    }
    if (left === 0) store.remove("namespaces", "", namespace);
  };
  const stops = [
    store.watch("namespaces", ({ type, object }) => {
      if (type === "ADDED") addServiceAccount(store, object.metadata.name);
      if (type === "MODIFIED") empty(object.metadata.name);
    }),
    ...contents.map((resource) =>
      store.watch(resource.plural, ({ type, object }) => {
        if (type === "DELETED") empty(object.metadata.namespace ?? "");
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

function addServiceAccount(store: ObjectStore, namespace: string): void {
  store.create("serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  });
}
