import { randomBytes } from "node:crypto";
import type { Pod } from "../../src/node/pod-types.ts";
import { type ClusterClient, podOf } from "../cluster-fixture.ts";

type PodEvent = { type: string; reason: string; message: string };

/** A namespace of a cluster, embedded or real: what the behaviours are checked against. */
export class Target {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly path: string;

  constructor(client: ClusterClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
    this.path = `/api/v1/namespaces/${namespace}`;
  }

  /** A name that no other test uses. */
  name(): string {
    return `t-${randomBytes(4).toString("hex")}`;
  }

  async create(resource: string, object: object): Promise<void> {
    const { code, body } = await this.client.call("POST", `${this.path}/${resource}`, object);
    if (code !== 201) throw new Error(`${code} ${JSON.stringify(body)}`);
  }

  /** Creates a Pod of one busybox container `main` that goes at once when it is deleted; returns its name. */
  async pod(container: object, spec: object = {}, labels: object = {}): Promise<string> {
    const name = this.name();
    const more = { terminationGracePeriodSeconds: 1, ...spec };
    const pod = podOf(name, { image: "busybox:1.36", ...container }, more);
    await this.create("pods", { ...pod, metadata: { name, labels } });
    return name;
  }

  /** Follows a Pod until it is as wanted. Fails when it is deleted first. */
  async until(name: string, holds: (pod: Pod) => boolean): Promise<Pod> {
    for await (const { type, object } of this.#watch("pods", `metadata.name=${name}`)) {
      const pod = object as unknown as Pod;
      if (holds(pod)) return pod;
      if (type === "DELETED") throw new Error(`${name} is gone: ${JSON.stringify(pod.status)}`);
    }
    throw new Error("the watch ended");
  }

  /** Every state of the Pod from now on, until it is gone. */
  async untilGone(name: string): Promise<Pod[]> {
    const seen: Pod[] = [];
    for await (const { type, object } of this.#watch("pods", `metadata.name=${name}`)) {
      seen.push(object as unknown as Pod);
      if (type === "DELETED") return seen;
    }
    throw new Error("the watch ended");
  }

  /** The first event of the Pod with this reason and, if given, this message. */
  async event(name: string, reason: string, message?: string): Promise<PodEvent> {
    const selector = `involvedObject.name=${name},reason=${reason}`;
    for await (const { object } of this.#watch("events", selector)) {
      const event = object as unknown as PodEvent;
      if (message === undefined || event.message === message) return event;
    }
    throw new Error("the watch ended");
  }

  async log(name: string): Promise<string> {
    return String((await this.client.call("GET", `${this.path}/pods/${name}/log`)).body);
  }

  #watch(resource: string, selector: string): ReturnType<ClusterClient["watch"]> {
    return this.client.watch(`${this.path}/${resource}?watch=true&fieldSelector=${encodeURIComponent(selector)}`);
  }
}

export const isRunning = (pod: Pod): boolean => pod.status?.containerStatuses?.[0]?.state.running !== undefined;
export const isPhase =
  (...phases: string[]): ((pod: Pod) => boolean) =>
  (pod) =>
    phases.includes(pod.status?.phase ?? "");
export const isWaiting =
  (reason: string): ((pod: Pod) => boolean) =>
  (pod) =>
    pod.status?.containerStatuses?.[0]?.state.waiting?.reason === reason;
