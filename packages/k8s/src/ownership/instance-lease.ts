import { type Clock, errorText, type Logger, withDeadline } from "@fc/core";
import type { V1Lease, V1OwnerReference } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { labels, managedByValue } from "../labels.ts";

/** Seconds that a Lease lives without being renewed, and between renewals. */
export const leaseSeconds = 30;
export const renewSeconds = 10;
/** After an outage a living process must have renewed before others count it as dead: so it does not wait long for an answer, nor to ask again. */
const renewTimeoutMs = 5_000;
const retryMs = 2_000;

export interface InstanceLeaseOptions {
  readonly leases: ResourceClient<V1Lease>;
  readonly instanceId: string;
  /** The server's own Pod. */
  readonly owner?: V1OwnerReference | undefined;
  readonly clock: Clock;
  /** The API server's time: every process writes and judges Leases by the same clock. */
  readonly serverTime: () => Date;
  readonly microTime: (at: Date) => Date;
  readonly logger: Logger;
}

/** Name of an instance's Lease. */
export function leaseName(instanceId: string): string {
  return `fakecloud-instance-${instanceId}`;
}

/** Says that this process lives. What the process owns refers to it, so Kubernetes' garbage collector removes what it leaves. */
export class InstanceLease {
  readonly #options: InstanceLeaseOptions;
  #lease: V1Lease;
  #cancel: () => void = () => undefined;
  #renewal: Promise<void> = Promise.resolve();
  #closed = false;
  #renewedMs: number;

  private constructor(options: InstanceLeaseOptions, lease: V1Lease) {
    this.#options = options;
    this.#lease = lease;
    this.#renewedMs = options.clock.now();
    this.#arm();
  }

  static async create(options: InstanceLeaseOptions, signal?: AbortSignal): Promise<InstanceLease> {
    return new InstanceLease(options, await options.leases.create(newLease(options), { signal }));
  }

  /** For the metadata of what the process owns. */
  get ownerReference(): V1OwnerReference {
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      name: leaseName(this.#options.instanceId),
      uid: this.#lease.metadata?.uid ?? "",
      controller: false,
      blockOwnerDeletion: false,
    };
  }

  /** Whether no renewal was missed. */
  get isFresh(): boolean {
    return this.#options.clock.now() - this.#renewedMs < 1.5 * renewSeconds * 1_000;
  }

  /** Ends it: whatever refers to it may go. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#renewal;
    await this.#options.leases.remove(leaseName(this.#options.instanceId), { uid: this.#lease.metadata?.uid });
  }

  #arm(delayMs: number = renewSeconds * 1_000): void {
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#renewal = this.#renew().then((renewed) => {
        if (!this.#closed) this.#arm(renewed ? undefined : retryMs);
      });
    });
  }

  /** False when it failed. */
  async #renew(): Promise<boolean> {
    const { instanceId, logger, clock } = this.#options;
    const what = "renewing the instance's Lease";
    try {
      await withDeadline({ timeoutMs: renewTimeoutMs, what, clock }, (signal) => this.#write(signal));
      this.#renewedMs = clock.now();
      return true;
    } catch (error) {
      logger.warn({ instanceId, error: errorText(error) }, "the instance's Lease could not be renewed");
      return false;
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const renewTime = this.#now();
    try {
      this.#lease = await this.#options.leases.replace(
        { ...this.#lease, spec: { ...this.#lease.spec, renewTime } },
        { signal },
      );
    } catch (error) {
      if (!KubernetesError.is(error) || !(error.isConflict() || error.isNotFound())) throw error;
      await this.#readAgain(renewTime, signal);
    }
  }

  /** Somebody wrote or removed it. */
  async #readAgain(renewTime: NonNullable<V1Lease["spec"]>["renewTime"] & Date, signal: AbortSignal): Promise<void> {
    const { leases, instanceId, logger } = this.#options;
    const found = await leases.get(leaseName(instanceId), { signal });
    if (found !== undefined) {
      this.#lease = await leases.replace({ ...found, spec: { ...found.spec, renewTime } }, { signal });
      return;
    }
    logger.warn({ instanceId }, "the instance's Lease was removed: what the instance owned is being removed too");
    if (!this.#closed) this.#lease = await leases.create(newLease(this.#options), { signal });
  }

  #now(): NonNullable<V1Lease["spec"]>["renewTime"] & Date {
    return this.#options.microTime(this.#options.serverTime()) as NonNullable<V1Lease["spec"]>["renewTime"] & Date;
  }
}

function newLease(options: InstanceLeaseOptions): V1Lease {
  const now = options.microTime(options.serverTime()) as NonNullable<V1Lease["spec"]>["renewTime"] & Date;
  return {
    metadata: {
      name: leaseName(options.instanceId),
      labels: {
        [labels.managedBy]: managedByValue,
        [labels.instance]: options.instanceId,
        [labels.appName]: managedByValue,
        [labels.appManagedBy]: managedByValue,
      },
      ...(options.owner !== undefined && { ownerReferences: [options.owner] }),
    },
    spec: { holderIdentity: options.instanceId, leaseDurationSeconds: leaseSeconds, acquireTime: now, renewTime: now },
  };
}

/** Whether the Lease's time is up. One without a time is new. */
export function leaseExpired(lease: V1Lease, nowMs: number): boolean {
  const renewed = lease.spec?.renewTime ?? lease.spec?.acquireTime ?? lease.metadata?.creationTimestamp;
  if (renewed === undefined) return false;
  return nowMs > new Date(renewed).getTime() + (lease.spec?.leaseDurationSeconds ?? leaseSeconds) * 1_000;
}
