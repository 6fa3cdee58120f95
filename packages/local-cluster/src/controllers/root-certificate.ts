import type { ObjectStore } from "../store/object-store.ts";

const name = "kube-root-ca.crt";

/** Keeps the certificate authority of the API in every namespace, where programs in Pods look for it. Returns what stops it. */
export function startRootCertificate(store: ObjectStore, authority: string): () => void {
  const publish = (namespace: string): void => {
    const live = store.peek("namespaces", "", namespace);
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
    if (store.peek("configmaps", namespace, name) !== undefined) return;
    const about =
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
    const metadata = { name, namespace, annotations: { "kubernetes.io/description": about } };
    store.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": authority } });
  };
  const stops = [
    store.watch("namespaces", ({ type, object }) => {
      if (type === "ADDED") publish(object.metadata.name);
    }),
    store.watch("configmaps", ({ type, object }) => {
      if (type === "DELETED" && object.metadata.name === name) publish(object.metadata.namespace ?? "");
    }),
  ];
  for (const { metadata } of store.peekList("namespaces")) publish(metadata.name);
  return () => {
    for (const stop of stops) stop();
  };
}
