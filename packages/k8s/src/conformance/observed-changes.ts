import { setTimeout as delay } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import type { K8sClient } from "../client/k8s-client.ts";
import type { PodChange } from "../watch/pod-store.ts";

const lookMs = 20;

/** The changes of Pods that a client tells of, in order. */
export class ObservedChanges {
  readonly seen: { readonly type: PodChange; readonly pod: V1Pod }[] = [];
  /** Hears no more. */
  readonly stop: () => void;

  constructor(client: K8sClient) {
    this.stop = client.onPodChange((type, pod) => this.seen.push({ type, pod }));
  }

  /** What was told of the Pod, repeats left out: its state may change any number of times. */
  of(pod: V1Pod): PodChange[] {
    const types = this.seen.filter((change) => change.pod.metadata?.uid === pod.metadata?.uid).map(({ type }) => type);
    return types.filter((type, at) => type !== types[at - 1]);
  }

  /** Resolves once this was told of the Pod. */
  async until(
    type: PodChange,
    pod: V1Pod,
    signal: AbortSignal,
    holds: (pod: V1Pod) => boolean = () => true,
  ): Promise<void> {
    const told = (): boolean =>
      this.seen.some(
        (change) => change.type === type && change.pod.metadata?.uid === pod.metadata?.uid && holds(change.pod),
      );
    while (!told()) await delay(lookMs, undefined, { signal });
  }
}
