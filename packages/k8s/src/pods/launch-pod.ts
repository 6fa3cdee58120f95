import { randomBytes } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { OwnedService } from "../labels.ts";
import type { DiscardedPod } from "../ownership/discards.ts";
import type { K8sPodConfig } from "../pod-config/pod-config.ts";
import { type PodDefaults, podDefaults } from "./pod-defaults.ts";
import { podIsReady } from "./pod-status.ts";

/** How a Pod is made. */
export interface LaunchPodOptions {
  /** What it goes with: see {@link K8sClient.owned}. */
  readonly owner: "process" | "installation";
  readonly service: OwnedService;
  /** What users add. Goes over the Pod only where that says nothing. */
  readonly podConfig?: K8sPodConfig;
  /** See {@link podDefaults}, which are applied always. */
  readonly defaults?: PodDefaults;
  /** Ends it. A create under way is waited for, since it may have worked all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** How a Pod is made, and what is waited for. */
export interface StartPodOptions extends LaunchPodOptions {
  /** `running`: it runs and has an address. `ready`: its condition Ready is True. Or anything that can be said of a Pod. */
  readonly until: "running" | "ready" | ((pod: V1Pod) => boolean);
  /** Milliseconds from its creation. */
  readonly timeoutMs: number;
  /** See {@link WaitForPodOptions}: an image that is pulled then takes the time that it takes. */
  readonly onPull?: (() => void) | undefined;
}

/** What a launch stands on. */
export interface LaunchContext {
  readonly create: (pod: V1Pod) => Promise<V1Pod>;
  readonly owned: (pod: V1Pod, options: LaunchPodOptions) => V1Pod["metadata"];
  readonly discard: (pod: DiscardedPod) => Promise<void>;
}

/**
 * Creates the Pod and gives it to `work`. Whatever fails, the signal included, the Pod is removed: also one of a create whose
 * answer was lost.
 */
export async function launchPod<T>(
  context: LaunchContext,
  wanted: V1Pod,
  options: LaunchPodOptions,
  work: (created: V1Pod) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const pod = completed(context, wanted, options);
  const name = pod.metadata?.name ?? "";
  let uid: string | undefined;
  try {
    const created = await context.create(pod);
    uid = created.metadata?.uid;
    signal?.throwIfAborted();
    return await work(created);
  } catch (error) {
    // Nobody waits for what runs in it.
    if (uid !== undefined || mayHaveWorked(error)) await context.discard({ name, uid, gracePeriodSeconds: 1 });
    throw error;
  }
}

/** The predicate of a condition, and how messages name it. */
export function conditionOf(until: StartPodOptions["until"]): {
  readonly predicate: (pod: V1Pod) => boolean;
  readonly what: string;
} {
  if (until === "ready") return { predicate: podIsReady, what: "to be Ready" };
  if (until === "running") return { predicate: podRuns, what: "to run and have an address" };
  return { predicate: until, what: "to be what was asked for" };
}

/** True when the Pod runs and has an address. */
export function podRuns(pod: V1Pod): boolean {
  return pod.status?.phase === "Running" && (pod.status.podIP ?? "") !== "";
}

function completed(context: LaunchContext, wanted: V1Pod, options: LaunchPodOptions): V1Pod {
  const { podConfig, defaults } = options;
  const pod = podDefaults({ ...wanted, metadata: { ...wanted.metadata, name: uniqueName(wanted) } }, defaults);
  const configured = podConfig?.apply(pod) ?? pod;
  return { ...configured, metadata: context.owned(configured, options) ?? {} };
}

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const randomLength = 10;

/** As the API server would make it from `generateName`, but known beforehand, so that a repeated create cannot make a second Pod. */
function uniqueName({ metadata: { name, generateName = "pod-" } = {} }: V1Pod): string {
  if (name !== undefined) return name;
  const random = [...randomBytes(randomLength)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return `${generateName.slice(0, 63 - randomLength)}${random}`;
}

/** Of an answer below 500 it is known that nothing was made. */
function mayHaveWorked(error: unknown): boolean {
  return KubernetesError.is(error) && (error.httpStatus === undefined || error.httpStatus >= 500);
}
