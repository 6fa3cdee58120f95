import { arch, hostname, release, totalmem } from "node:os";
import type { Clock } from "@fc/core";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import type { Isolation } from "./isolation/isolation.ts";
import type { NodeCapacity } from "./pod/downward-field.ts";

export interface NodeObjectOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly hostIp: string;
  readonly capacity: NodeCapacity;
  readonly isolation: Isolation;
}

const leaseNamespace = "kube-node-lease";
const leaseSeconds = 40;
const renewMs = 10_000;
const maxPods = 65_000;

/** Announces the node, with its lease, and keeps both fresh until the returned function is called. */
export function announceNode(options: NodeObjectOptions): () => void {
  const { store, clock, nodeName } = options;
  if (store.peek("nodes", "", nodeName) === undefined) store.create("nodes", nodeObject(options));
  let cancel: () => void = () => undefined;
  const renew = (): void => {
    renewLease(options);
    cancel = clock.after(renewMs, renew);
  };
  renew();
  return () => {
    cancel();
    store.remove("leases", leaseNamespace, nodeName);
    store.remove("nodes", "", nodeName);
  };
}

function renewLease({ store, clock, nodeName }: NodeObjectOptions): void {
  const renewTime = new Date(clock.now()).toISOString().replace("Z", "000Z");
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime };
  const renewed = store.modify("leases", leaseNamespace, nodeName, (lease) => {
    lease["spec"] = spec;
  });
  if (renewed !== undefined) return;
  const metadata = { name: nodeName, namespace: leaseNamespace };
  store.create("leases", { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
}

function nodeObject({
  clock,
  nodeName,
  hostIp,
  capacity,
  isolation,
}: NodeObjectOptions): Parameters<ObjectStore["create"]>[1] {
  const now = timestamp(clock.now());
  const amounts = {
    cpu: String(capacity.cpus),
    memory: `${Math.floor(capacity.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
  const architecture = arch() === "x64" ? "amd64" : arch();
  const system = process.platform;
  const condition = (type: string, status: string, reason: string, message: string): object => {
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodeName,
      labels: {
        "kubernetes.io/hostname": nodeName,
        "kubernetes.io/arch": architecture,
        "kubernetes.io/os": system,
        "fakecloud.dev/isolation": isolation.level,
      },
      annotations: { "fakecloud.dev/isolation-detail": isolation.detail },
    },
    spec: {},
    status: {
      capacity: amounts,
      allocatable: amounts,
      addresses: [
        { type: "InternalIP", address: hostIp },
        { type: "Hostname", address: hostname() },
      ],
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", `Pods run as local processes, ${isolation.detail}`),
      ],
      nodeInfo: {
        machineID: "",
        systemUUID: "",
        bootID: "",
        kernelVersion: release(),
        osImage: `embedded cluster on ${system}`,
        containerRuntimeVersion: "fc://1",
        kubeletVersion: "v1.34.0",
        kubeProxyVersion: "",
        operatingSystem: system,
        architecture,
      },
      daemonEndpoints: {},
      images: [],
    },
  };
}

/** What the machine offers. */
export function machineCapacity(cpus: number): NodeCapacity {
  return { cpus, memoryBytes: totalmem() };
}
