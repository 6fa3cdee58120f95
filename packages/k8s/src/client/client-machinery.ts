import { errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { managedBySelector } from "../labels.ts";
import { Discards } from "../ownership/discards.ts";
import { Loop } from "../ownership/loop.ts";
import { ownedPodsGone, removeOwnedWithin } from "../ownership/owned-objects.ts";
import { lookMs, Reaper } from "../ownership/reaper.ts";
import type { RunningReconciler } from "../ownership/reconciler.ts";
import { podEvidence } from "../pods/evidence.ts";
import type { WaitContext } from "../pods/wait-for-pod.ts";
import { PodStreams } from "../streams/pod-streams.ts";
import { PodReflector } from "../watch/pod-reflector.ts";
import type { ClientParts } from "./client-parts.ts";

/** What works for a client in the background, and what its methods stand on. */
export interface ClientMachinery {
  readonly reflector: PodReflector;
  readonly streams: PodStreams;
  readonly reaper: Reaper;
  readonly wait: WaitContext;
  /** Looks for dead processes as long as this one lives. */
  readonly reaping: Loop;
  readonly reconcilers: Set<RunningReconciler>;
  readonly discards: Discards;
}

/** Puts a client's parts to work. */
export function createMachinery(parts: ClientParts): ClientMachinery {
  const { resources, transport, clock, logger, instanceId, lease } = parts;
  const streams = new PodStreams({ transport, pods: resources.pods, clock });
  const reflector = new PodReflector({
    pods: resources.pods,
    transport,
    labelSelector: managedBySelector,
    clock,
    logger,
  });
  const serverTime = (): Date => transport.serverTime();
  const isAlive = (): boolean => lease.isFresh;
  const { leases } = resources;
  const reaper = new Reaper({ leases, resources, instanceId, isAlive, serverTime, clock, logger });
  const discards = new Discards({ pods: resources.pods, clock, logger });
  const reaping = new Loop({
    what: "looking for dead instances",
    work: (signal) => reaper.look(signal),
    firstMs: 2_000,
    everyMs: lookMs,
    clock,
    logger,
  });
  const logs = (pod: V1Pod, container: string, signal: AbortSignal): Promise<string> =>
    streams.logs(pod, container, { tailLines: 20, limitBytes: 4_096, signal });
  const wait: WaitContext = {
    reflector,
    getPod: (name, signal) => resources.pods.get(name, { signal }),
    evidence: (pod, container) => podEvidence({ events: resources.events, logs, clock }, pod, container),
    clock,
    logger,
    // A kubelet that misses a Secret looks again 10 to 15 s later.
    graceMs: { config: 20_000, schedule: parts.unschedulableGraceMs },
  };
  return { reflector, streams, reaper, wait, reaping, reconcilers: new Set(), discards };
}

/** Ends the Lease, removes what the process owns and waits, for a bounded time, until its Pods are gone. Never rejects. */
export async function closeMachinery(parts: ClientParts, machinery: ClientMachinery): Promise<void> {
  const { reflector, reaping, reconcilers, discards } = machinery;
  await Promise.all([reaping, discards, ...reconcilers].map((loop) => loop[Symbol.asyncDispose]()));
  const { lease, clock, logger, instanceId, closeTimeoutMs, transport, resources } = parts;
  await reflector.close();
  try {
    await lease.close();
    await removeOwnedWithin(resources, instanceId, { timeoutMs: closeTimeoutMs, clock, logger });
    if (!(await ownedPodsGone(resources.pods, instanceId, { timeoutMs: closeTimeoutMs, clock })))
      logger.warn({ instanceId, closeTimeoutMs }, "some Pods of this instance are still ending");
  } catch (error) {
    // An end must not fail because the cluster is away: the Lease expires, and the next process reaps.
    logger.warn({ instanceId, error: errorText(error) }, "what this instance owns could not be removed");
  } finally {
    transport.close();
  }
}
