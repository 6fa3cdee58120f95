import type { Writable } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";

/** Where a contestant works. */
export interface Arena {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Name of a Pod that runs, with a shell in its container `main`. */
  readonly pod: string;
}

/** A client library at work, each call the way its own documentation shows it. */
export interface Contestant {
  /** One small list. */
  readonly call: () => Promise<void>;
  /** Calls the listener for every change of a managed Pod. Resolves when it watches. */
  readonly watch: (listener: (pod: V1Pod) => void) => Promise<void>;
  /** Writes the command's output to the sink; resolves when it has ended well. */
  readonly exec: (command: readonly string[], sink: Writable) => Promise<void>;
  /** Creates the Pod and resolves when it is Ready. */
  readonly startPod: (pod: V1Pod) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What `fakecloud-managed-by` says of every Pod here. */
export const managed = "fakecloud-managed-by=fakecloud";

/** Whether the Pod's condition Ready is True. */
export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
