import { errorText } from "@fc/core";
import type { StoreEvent } from "../store/watch-history.ts";
import { createEventRecorder } from "./event-recorder.ts";
import { NodeAnnouncement } from "./node-object.ts";
import type { AgentServices, SharedServices } from "./pod/pod-context.ts";
import type { PodReference } from "./pod/pod-reference.ts";
import { PodWorker } from "./pod/pod-worker.ts";
import { hasEnded, type Pod } from "./pod-types.ts";

/** One kubelet: announces a node and runs the Pods that are bound to it. */
export class VirtualNode implements AsyncDisposable {
  readonly name: string;
  readonly #services: AgentServices;
  readonly #announcement: NodeAnnouncement;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  /** Pods whose address is being allocated. */
  readonly #starting = new Set<string>();
  #unwatch: () => void = () => undefined;
  #isLost = false;
  #closed = false;

  constructor(name: string, services: SharedServices) {
    this.name = name;
    const { store, clock } = services;
    const record = createEventRecorder({ store, clock, component: "kubelet", host: name });
    this.#services = { ...services, nodeName: name, record, isLost: () => this.#isLost };
    this.#announcement = new NodeAnnouncement(this.#services);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  start(): void {
    const { store } = this.#services;
    this.#announcement.start();
    this.#unwatch = store.watch<Pod>("pods", (event) => this.#onPod(event));
    for (const pod of store.peekList<Pod>("pods")) this.#adopt(pod);
  }

  /** The worker of a Pod that runs here. */
  worker({ metadata: { name, namespace = "", uid } }: PodReference): PodWorker | undefined {
    if (uid !== undefined) return this.#workers.get(uid);
    return [...this.#workers.values()].find(
      ({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace,
    );
  }

  /** Everything on the node dies at once; its Pods stay in the API as they were last seen. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#announcement.lose();
    for (const worker of this.#workers.values()) worker.crash();
  }

  restore(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#announcement.restore();
    for (const worker of this.#workers.values()) worker.resume();
    for (const pod of this.#services.store.peekList<Pod>("pods")) this.#adopt(pod);
  }

  /** Kills every Pod at once and waits until all are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#isLost = false;
    this.#unwatch();
    this.#announcement.stop();
    for (const worker of this.#workers.values()) {
      worker.terminate(0);
      worker.resume();
    }
    await Promise.all(this.#running);
  }

  #onPod({ type, object: pod }: StoreEvent<Pod>): void {
    const worker = this.#workers.get(pod.metadata.uid ?? "");
    if (worker === undefined) {
      if (type !== "DELETED") this.#adopt(pod);
      return;
    }
    if (type === "DELETED") {
      worker.terminate(0);
      return;
    }
    worker.refresh(pod);
    if (pod.metadata.deletionTimestamp !== undefined) worker.terminate(graceOf(pod));
  }

  /** Begins to run a Pod that is bound here. */
  #adopt(pod: Pod): void {
    const { uid = "" } = pod.metadata;
    if (pod.spec.nodeName !== this.name || hasEnded(pod) || this.#closed || this.#isLost) return;
    if (this.#workers.has(uid) || this.#starting.has(uid)) return;
    const running = this.#runToEnd(pod, uid).catch((error: unknown) => {
      this.#services.logger.error({ pod: pod.metadata.name, error: errorText(error) }, "a Pod could not be run");
    });
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
  }

  async #runToEnd(pod: Pod, uid: string): Promise<void> {
    const { addresses, store } = this.#services;
    const ports = pod.spec.containers
      .flatMap((container) => container.ports ?? [])
      .filter(({ protocol = "TCP" }) => protocol === "TCP");
    this.#starting.add(uid);
    const podIp = await addresses.allocate(ports.map(({ containerPort }) => containerPort));
    this.#starting.delete(uid);
    const { name, namespace = "" } = pod.metadata;
    const now = store.peek<Pod>("pods", namespace, name);
    if (now?.metadata.uid === uid && !this.#closed && !this.#isLost) {
      const worker = new PodWorker(this.#services, now, podIp);
      this.#workers.set(uid, worker);
      const ended = worker.run();
      if (now.metadata.deletionTimestamp !== undefined) worker.terminate(graceOf(now));
      await ended;
      this.#workers.delete(uid);
    }
    addresses.release(podIp);
  }
}

function graceOf(pod: Pod): number {
  return (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000;
}
