import { createHash } from "node:crypto";
import { type KubeObject, objectAt, textAt } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { EndpointPort, ServiceEndpoint } from "./service-endpoints.ts";

const serviceNameLabel = "kubernetes.io/service-name";
const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const sliceController = "endpointslice-controller.k8s.io";

/** Writes the Endpoints and EndpointSlices of a Service. */
export function writeEndpoints(store: ObjectStore, service: KubeObject, endpoints: readonly ServiceEndpoint[]): void {
  const { name, namespace = "" } = service.metadata;
  const labels = {
    ...service.metadata.labels,
    ...(textAt(service["spec"], "clusterIP") === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
  const subsets = subsetsOf(endpoints.filter(({ ready, terminating }) => ready || !terminating));
  put(store, "endpoints", {
    ...{ apiVersion: "v1", kind: "Endpoints" },
    metadata: { name, namespace, labels: { ...labels, "endpoints.kubernetes.io/managed-by": "endpoint-controller" } },
    ...(subsets.length === 0 ? {} : { subsets }),
  });
  const wanted = slicesOf(service, endpoints, {
    ...labels,
    [serviceNameLabel]: name,
    [managedByLabel]: sliceController,
  });
  for (const { metadata } of store.peekList("endpointslices", namespace)) {
    const isOwn = metadata.labels?.[serviceNameLabel] === name && metadata.labels[managedByLabel] === sliceController;
    if (isOwn && !wanted.some((slice) => slice.metadata.name === metadata.name))
      store.remove("endpointslices", namespace, metadata.name);
  }
  for (const slice of wanted) put(store, "endpointslices", slice);
}

/** The slices are owned by the Service and go with it; the Endpoints are not. */
export function removeEndpoints(store: ObjectStore, { metadata: { name, namespace = "" } }: KubeObject): void {
  store.remove("endpoints", namespace, name);
}

/** One slice for all Pods that have the Service's ports under the same numbers. */
function slicesOf(
  service: KubeObject,
  endpoints: readonly ServiceEndpoint[],
  labels: Record<string, string>,
): KubeObject[] {
  const { name, namespace = "", uid = "" } = service.metadata;
  const owner = { apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true };
  const groups = groupBy(endpoints, ({ ports }) => JSON.stringify(ports.map((port) => [port.name, port.port])));
  const withPorts = groups.length === 0 ? [[]] : groups;
  return withPorts.map((group) => {
    const ports = (group[0]?.ports ?? []).map((port) => ({ name: port.name, port: port.port, protocol: "TCP" }));
    const suffix = createHash("sha256").update(JSON.stringify(ports)).digest("hex").slice(0, 5);
    return {
      ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
      metadata: {
        ...{ name: `${name}-${suffix}`, generateName: `${name}-`, namespace, labels, ownerReferences: [owner] },
      },
      ports: ports.length === 0 ? null : ports,
      endpoints: group.length === 0 ? null : group.map(toEndpoint),
    };
  });
}

/** As Kubernetes packs them: ports that have the same addresses share a subset. */
function subsetsOf(endpoints: readonly ServiceEndpoint[]): object[] {
  const perPort = groupBy(
    endpoints.flatMap((endpoint) => endpoint.ports.map((port) => ({ port, endpoint }))),
    ({ port }) => `${port.name}:${port.port}`,
  );
  const sameAddresses = groupBy(perPort, (entries) => entries.map(({ endpoint }) => endpoint.ip).join());
  return sameAddresses.map((group) => {
    const members = (group[0] ?? []).map(({ endpoint }) => endpoint);
    const addresses = members.filter(({ ready }) => ready).map(toAddress);
    const notReadyAddresses = members.filter(({ ready }) => !ready).map(toAddress);
    return {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
      ports: group.flatMap(([first]) => (first === undefined ? [] : [toPort(first.port)])),
    };
  });
}

function toPort({ name, port }: EndpointPort): object {
  return { ...(name === "" ? {} : { name }), port, protocol: "TCP" };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

function reference(pod: KubeObject): object {
  const { name, namespace, uid } = pod.metadata;
  return { kind: "Pod", name, namespace, uid };
}

function toAddress({ ip, pod }: ServiceEndpoint): object {
  return { ip, nodeName: objectAt(pod, "spec")["nodeName"], targetRef: reference(pod) };
}

function toEndpoint({ ip, pod, ready, serving, terminating }: ServiceEndpoint): object {
  const conditions = { ready, serving, terminating };
  return { addresses: [ip], conditions, nodeName: objectAt(pod, "spec")["nodeName"], targetRef: reference(pod) };
}

// update() does not write what has not changed, so a Pod's unrelated changes make no noise here.
function put(store: ObjectStore, resource: string, object: KubeObject): void {
  const { name, namespace = "" } = object.metadata;
  if (store.peek(resource, namespace, name) === undefined) store.create(resource, object);
  else store.update(resource, object);
}
