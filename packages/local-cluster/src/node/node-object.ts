import { statfsSync } from "node:fs";
import { arch, hostname, release, totalmem } from "node:os";
import type { Clock } from "@fc/core";
import type { Node, NodeCondition } from "../scheduling/node-types.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import type { Isolation } from "./isolation/isolation.ts";
import type { NodeCapacity } from "./pod/downward-field.ts";
import type { Pod } from "./pod-types.ts";

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
const unreachable = "node.kubernetes.io/unreachable";
const lostEffects = ["NoSchedule", "NoExecute"];

/** Keeps a node and its lease in the API: fresh while the node lives, as a node controller marks them when it is lost. */
export class NodeAnnouncement {
  readonly #options: NodeObjectOptions;
  #cancel: () => void = () => undefined;

  constructor(options: NodeObjectOptions) {
    this.#options = options;
  }

  start(): void {
    const { store, nodeName } = this.#options;
    if (store.peek("nodes", "", nodeName) === undefined) store.create("nodes", nodeObject(this.#options));
    this.#renew();
  }

  stop(): void {
    const { store, nodeName } = this.#options;
    this.#cancel();
    store.remove("leases", leaseNamespace, nodeName);
    store.remove("nodes", "", nodeName);
  }

  /** What a cluster finds out 40 s after a loss: all conditions unknown, two taints, Pods not ready. */
  lose(): void {
    this.#cancel();
    const { store, clock, nodeName } = this.#options;
    const now = timestamp(clock.now());
    this.#modify((node) => {
      for (const condition of node.status.conditions) {
        const unknown = { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };
        Object.assign(condition, { status: "Unknown", lastTransitionTime: now, ...unknown });
      }
      const taints = lostEffects.map((effect) => ({ key: unreachable, effect, timeAdded: now }));
      node.spec.taints = [...(node.spec.taints ?? []), ...taints];
    });
    for (const { metadata } of store.peekList<Pod>("pods").filter(({ spec }) => spec.nodeName === nodeName)) {
      store.modify<Pod>("pods", metadata.namespace ?? "", metadata.name, ({ status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        if (ready?.status === "True") Object.assign(ready, { status: "False", lastTransitionTime: now });
      });
    }
  }

  restore(): void {
    this.#modify((node) => {
      node.status = nodeObject(this.#options).status;
      const taints = (node.spec.taints ?? []).filter(({ key }) => key !== unreachable);
      if (taints.length > 0) node.spec.taints = taints;
      else delete node.spec.taints;
    });
    this.#renew();
  }

  #renew(): void {
    renewLease(this.#options);
    this.#cancel = this.#options.clock.after(renewMs, () => this.#renew());
  }

  #modify(change: (node: Node) => void): void {
    this.#options.store.modify<Node>("nodes", "", this.#options.nodeName, change);
  }
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

function nodeObject({ clock, nodeName, hostIp, capacity, isolation }: NodeObjectOptions): Node {
  const now = timestamp(clock.now());
  const amounts = {
    cpu: String(capacity.cpus),
    memory: `${Math.floor(capacity.memoryBytes / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor(capacity.storageBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
  const architecture = arch() === "x64" ? "amd64" : arch();
  const system = process.platform;
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
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

/** What the machine offers to Pods that write below this folder. */
export function machineCapacity(cpus: number, directory: string): NodeCapacity {
  const { blocks, bsize } = statfsSync(directory);
  return { cpus, memoryBytes: totalmem(), storageBytes: blocks * bsize };
}
