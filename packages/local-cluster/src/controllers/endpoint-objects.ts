import { type KubeObject, objectAt } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { ServicePortTargets } from "./service-endpoints.ts";

/** Writes the Endpoints and EndpointSlice of a Service; both are owned by it and go with it. */
export function writeEndpoints(store: ObjectStore, service: KubeObject, targets: readonly ServicePortTargets[]): void {
  const { name, namespace = "", uid = "", labels = {} } = service.metadata;
  const ownerReferences = [
    { apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true },
  ];
  const subsets = targets
    .filter(({ ready, notReady }) => ready.length + notReady.length > 0)
    .map(({ name: portName, ready, notReady }) => ({
      ...(ready.length === 0 ? {} : { addresses: ready.map(toAddress) }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.map(toAddress) }),
      ports: [
        { ...(portName === "" ? {} : { name: portName }), port: (ready[0] ?? notReady[0])?.port ?? 0, protocol: "TCP" },
      ],
    }));
  put(store, "endpoints", {
    ...{ apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace, labels, ownerReferences } },
    ...(subsets.length === 0 ? {} : { subsets }),
  });
  const first = targets[0];
  const sliceLabels = {
    ...labels,
    "kubernetes.io/service-name": name,
    "endpointslice.kubernetes.io/managed-by": "fc-local-cluster",
  };
  put(store, "endpointslices", {
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
    metadata: { name: `${name}-fc`, namespace, labels: sliceLabels, ownerReferences },
    ports: targets.map((port) => ({
      name: port.name,
      port: (port.ready[0] ?? port.notReady[0])?.port ?? port.port,
      protocol: "TCP",
    })),
    endpoints: [
      ...(first?.ready ?? []).map((target) => toEndpoint(target, true)),
      ...(first?.notReady ?? []).map((target) => toEndpoint(target, false)),
    ],
  });
}

type Target = ServicePortTargets["ready"][number];

function reference(pod: KubeObject): unknown {
  const { name, namespace, uid } = pod.metadata;
  return { kind: "Pod", name, namespace, uid };
}

function toAddress({ ip, pod }: Target): unknown {
  return { ip, nodeName: objectAt(pod, "spec")["nodeName"], targetRef: reference(pod) };
}

function toEndpoint({ ip, pod }: Target, ready: boolean): unknown {
  const conditions = { ready, serving: ready, terminating: pod.metadata.deletionTimestamp !== undefined };
  return { addresses: [ip], conditions, nodeName: objectAt(pod, "spec")["nodeName"], targetRef: reference(pod) };
}

// update() does not write what has not changed, so a Pod's unrelated changes make no noise here.
function put(store: ObjectStore, resource: string, object: KubeObject): void {
  const { name, namespace = "" } = object.metadata;
  if (store.peek(resource, namespace, name) === undefined) store.create(resource, object);
  else store.update(resource, object);
}
