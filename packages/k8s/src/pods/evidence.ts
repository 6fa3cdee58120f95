import { type Clock, withDeadline } from "@fc/core";
import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import type { PodStartErrorOptions } from "../errors/pod-start-error.ts";

export interface EvidenceSources {
  readonly events: ResourceClient<CoreV1Event>;
  readonly logs: (pod: V1Pod, container: string, signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
}

const timeoutMs = 2_000;
const eventCount = 5;

/** The last events of a Pod and the end of a container's log, as far as they can be had within 2 s. Never rejects. */
export async function podEvidence(
  sources: EvidenceSources,
  pod: V1Pod,
  container: string | undefined,
): Promise<Pick<PodStartErrorOptions, "events" | "logTail">> {
  const bounded = <T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    withDeadline({ timeoutMs, what, clock: sources.clock }, work).catch(() => undefined);
  const uid = pod.metadata?.uid ?? "";
  const [events, logTail] = await Promise.all([
    bounded("events", (signal) => sources.events.list("", { fieldSelector: `involvedObject.uid=${uid}`, signal })),
    container !== undefined && hasRun(pod, container)
      ? bounded("log", (signal) => sources.logs(pod, container, signal))
      : undefined,
  ]);
  return {
    ...(events !== undefined && { events: lastEvents(events) }),
    ...(logTail !== undefined && { logTail }),
  };
}

function lastEvents(events: readonly CoreV1Event[]): string[] {
  const time = (event: CoreV1Event): number =>
    new Date(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? 0).getTime();
  // Times are of whole seconds, in which a Pod may start and fail: what was written later has the higher version.
  const version = ({ metadata }: CoreV1Event): number => Number(metadata.resourceVersion ?? 0);
  return [...events]
    .sort((a, b) => time(a) - time(b) || version(a) - version(b))
    .slice(-eventCount)
    .map((event) => `${event.reason ?? "Event"}: ${event.message ?? ""}`);
}

function hasRun(pod: V1Pod, container: string): boolean {
  const status = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
  return [status?.state?.terminated, status?.state?.running, status?.lastState?.terminated].some(Boolean);
}
