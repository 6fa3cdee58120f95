import { type Clock, errorText, type Logger } from "@fc/core";
import type { KubernetesObject, V1ObjectMeta, V1Pod } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { labels, managedBySelector, type OwnedService } from "../labels.ts";
import type { PodReflector } from "../watch/pod-reflector.ts";
import { Loop } from "./loop.ts";
import type { OwnedResources } from "./owned-objects.ts";

/** An object that carries a client's ownership labels. */
export interface OwnedObject {
  readonly kind: "Pod" | "Secret" | "Service" | "ConfigMap";
  readonly metadata: V1ObjectMeta;
}

/** Whose objects are kept as they should be, and how they should be. */
export interface ReconcileOptions {
  readonly service: OwnedService;
  /** `process`: what goes with this process. `installation`: what outlives it, former processes' objects included. */
  readonly owner: "process" | "installation";
  /**
   * Whether this object should exist. Asked of everything there is, again and again: say yes before an object is created, and of
   * an object of a former process for as long as it may be taken over. What is this process's stays as long as one of its client's
   * reconcilers of the service wants it. Must not throw.
   */
  readonly wants: (object: OwnedObject) => boolean;
  /** Seconds that the containers of a Pod get to end. Default: what the Pod says. */
  readonly gracePeriodSeconds?: number;
}

/** Keeps what exists as it should be, until it is disposed of. */
export interface Reconciler extends AsyncDisposable {
  /** Something is no longer wanted: look now and not only at the next turn. */
  kick(): void;
}

/** One that is not disposed of, and what it was started with. */
export interface RunningReconciler extends Reconciler {
  readonly options: ReconcileOptions;
}

const firstMs = 3_000;
const everyMs = 30_000;

interface ReconcilerParts {
  readonly resources: OwnedResources;
  readonly reflector: PodReflector;
  readonly instanceId: string;
  readonly installationId: string;
  /** Those of the client. */
  readonly reconcilers: Set<RunningReconciler>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Owns desired state: what carries the owner's labels and is not wanted is removed, by uid, whatever made it and whatever failed
 * before: a create whose answer was lost, a removal that was refused, a process that died in between.
 */
export function startReconciler(parts: ReconcilerParts, options: ReconcileOptions): Reconciler {
  const { clock, logger, reflector, reconcilers } = parts;
  const loop = new Loop({
    what: `removing what ${options.service} does not want`,
    work: (signal) => removeUnwanted(parts, options, signal),
    firstMs,
    everyMs,
    clock,
    logger,
  });
  const reconciler: RunningReconciler = {
    options,
    kick: () => loop.kick(),
    [Symbol.asyncDispose]: async () => {
      reconcilers.delete(reconciler);
      unsubscribe();
      await loop[Symbol.asyncDispose]();
    },
  };
  reconcilers.add(reconciler);
  // A Pod that nobody wants shows at once. Only its first sight: later ones must not cut the delays of failed removals short.
  const unsubscribe = reflector.subscribe((type, pod) => {
    if (type === "added" && isOwned(pod, parts, options) && isUnwanted("Pod", pod, parts, options)) loop.kick();
  });
  return reconciler;
}

async function removeUnwanted(parts: ReconcilerParts, options: ReconcileOptions, signal: AbortSignal): Promise<void> {
  const { pods, secrets, services, configMaps } = parts.resources;
  const outcomes = await Promise.allSettled([
    removeOf("Pod", pods, parts, options, signal),
    removeOf("Secret", secrets, parts, options, signal),
    removeOf("Service", services, parts, options, signal),
    removeOf("ConfigMap", configMaps, parts, options, signal),
  ]);
  // Each kind for itself: what fails of one does not keep the others.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

async function removeOf<T extends KubernetesObject>(
  kind: OwnedObject["kind"],
  resource: ResourceClient<T>,
  parts: ReconcilerParts,
  options: ReconcileOptions,
  signal: AbortSignal,
): Promise<void> {
  const found = await resource.list(selectorOf(parts, options), { signal });
  const unwanted = found.filter((object) => isUnwanted(kind, object, parts, options));
  const removals = await Promise.allSettled(
    unwanted.map(async ({ metadata: { name = "", uid } = {} }) => {
      const grace = kind === "Pod" ? { gracePeriodSeconds: options.gracePeriodSeconds } : {};
      await resource.remove(name, { uid, signal, ...grace });
      parts.logger.info({ kind, name, uid }, "removed what should not be there");
    }),
  );
  const failed = removals.flatMap((removal) => (removal.status === "rejected" ? [removal.reason] : []));
  if (failed.length > 0)
    throw new Error(`${failed.length} of ${unwanted.length} removals of ${kind}s: ${errorText(failed[0])}`, {
      cause: failed[0],
    });
}

/** What is being deleted already needs nothing more. */
function isUnwanted(
  kind: OwnedObject["kind"],
  { metadata = {} }: KubernetesObject,
  { reconcilers }: ReconcilerParts,
  options: ReconcileOptions,
): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  const { service, owner } = options;
  const started = [...reconcilers].map((each) => each.options);
  const asked =
    owner === "process" ? started.filter((each) => each.owner === owner && each.service === service) : [options];
  return !asked.some(({ wants }) => wants({ kind, metadata }));
}

function ownerLabels(parts: ReconcilerParts, options: ReconcileOptions): readonly [key: string, value: string] {
  return options.owner === "process"
    ? [labels.instance, parts.instanceId]
    : [labels.installation, parts.installationId];
}

/** Where the installation is the process, its objects carry both labels: they are the installation's. */
function selectorOf(parts: ReconcilerParts, options: ReconcileOptions): string {
  const [key, value] = ownerLabels(parts, options);
  const only = options.owner === "process" ? `,!${labels.installation}` : "";
  return `${managedBySelector},${labels.service}=${options.service},${key}=${value}${only}`;
}

function isOwned(pod: V1Pod, parts: ReconcilerParts, options: ReconcileOptions): boolean {
  const [key, value] = ownerLabels(parts, options);
  const found = pod.metadata?.labels ?? {};
  const installations = options.owner === "process" && found[labels.installation] !== undefined;
  return found[labels.service] === options.service && found[key] === value && !installations;
}
