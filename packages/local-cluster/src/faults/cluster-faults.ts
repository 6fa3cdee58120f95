import type { Clock } from "@fc/core";
import type { ApiServer } from "../api/api-server.ts";
import { firstNode, type NodeAgentControls } from "../node/node-agent.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { ApiFaults } from "./api-faults.ts";
import { drainNode } from "./drain-node.ts";

/** A Pod by name; default namespace `default`. */
export interface PodName {
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Faults on demand, for tests of whatever uses the cluster. A fault that lasts returns what ends it: `using` and
 * `await using` fit. Of several slow ones at once the slowest counts.
 */
export interface ClusterFaults {
  /** The API stops listening and every connection breaks; Pods run on. Ended, it listens on the same port, with all it had. */
  apiOutage(): Promise<AsyncDisposable>;
  /** Every write (all methods but GET, and the status of Pods) takes effect this many milliseconds later, as on a slow etcd. */
  slowWrites(delayMs: number): Disposable;
  /** Pods that are bound from now on stay in ContainerCreating for this many milliseconds. */
  slowStart(delayMs: number): Disposable;
  /** Images that containers need from now on are pulled for this many milliseconds, each time. */
  slowPull(delayMs: number): Disposable;
  /** Every exec from now on loses its connection after so many bytes to the client (frames included), without a status. */
  truncateExec(afterBytes: number): Disposable;
  /** Breaks the connection of every watch that is open now; returns how many there were. */
  dropWatches(): number;
  /**
   * Evicts a Pod as a node under memory pressure does: its containers are killed, it stays as Failed with reason Evicted.
   *
   * @throws FcError `FC_CLUSTER_STATUS` when no such Pod runs.
   */
  evictPod(pod: PodName, message?: string): void;
  /**
   * What `kubectl drain` does: no new Pods on the node, and its Pods are deleted with their grace. Resolves when they are gone;
   * ended, the node takes Pods again. Default: the first node.
   */
  drainNode(name?: string): Promise<AsyncDisposable>;
  /**
   * A power cut: every process of the node dies, the node is NotReady with the unreachable taints at once (not after 40 s), and
   * its Pods stay as they were last seen. Ended, it reports what has become of them. Default: the first node.
   */
  loseNode(name?: string): Disposable;
}

export interface ClusterFaultsOptions {
  readonly api: ApiServer;
  readonly apiFaults: ApiFaults;
  readonly agent: NodeAgentControls;
  readonly store: ObjectStore;
  readonly clock: Clock;
}

const lowOnMemory = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 99Mi. ";

export function createClusterFaults(options: ClusterFaultsOptions): ClusterFaults {
  const { api, apiFaults, agent } = options;
  return {
    apiOutage: async () => {
      await api.stop();
      return { [Symbol.asyncDispose]: () => api.listen() };
    },
    slowWrites: (delayMs) => {
      const faults = [apiFaults.writeDelaysMs.add(delayMs), agent.statusDelaysMs.add(delayMs)];
      return {
        [Symbol.dispose]: () => {
          for (const fault of faults) fault[Symbol.dispose]();
        },
      };
    },
    slowStart: (delayMs) => agent.startDelaysMs.add(delayMs),
    slowPull: (delayMs) => agent.pullDelaysMs.add(delayMs),
    truncateExec: (afterBytes) => apiFaults.execLimits.add(afterBytes),
    dropWatches: () => apiFaults.dropWatches(),
    evictPod: ({ name, namespace = "default" }, message = lowOnMemory) =>
      agent.evict({ metadata: { name, namespace } }, message),
    drainNode: (name = firstNode) => drainNode(options, name),
    loseNode: (name = firstNode) => {
      agent.loseNode(name);
      return { [Symbol.dispose]: () => agent.restoreNode(name) };
    },
  };
}
