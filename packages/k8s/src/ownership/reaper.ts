import { type Clock, errorText, type Logger } from "@fc/core";
import type { V1Lease } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { labels, managedBySelector, type OwnedService } from "../labels.ts";
import { leaseExpired, renewSeconds } from "./instance-lease.ts";
import { type OwnedResources, ownedBySelector, removeOwned } from "./owned-objects.ts";

/** Milliseconds between two looks. */
export const lookMs = 7_000;
/** A Lease that nobody renewed for this long, before our eyes, has no owner: a living one would have, after failures too. */
const witnessMs = 2 * renewSeconds * 1_000;
/** After a longer gap between looks nothing is known of what happened in it. */
const gapMs = 1.5 * lookMs;

export interface ReaperOptions {
  readonly leases: ResourceClient<V1Lease>;
  readonly resources: OwnedResources;
  readonly instanceId: string;
  /** Whether this process could renew its own Lease of late. Who cannot write knows nothing of others. */
  readonly isAlive: () => boolean;
  readonly serverTime: () => Date;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Removes what dead processes left behind: only what belongs to a Lease that has expired and was seen not to be renewed. Expiry
 * alone is not enough: after an outage of the API server, or when a laptop wakes up, the Leases of all living processes have expired.
 */
export class Reaper {
  readonly #options: ReaperOptions;
  /** By uid: which version of a Lease was seen first, and when. */
  #witnessed = new Map<string, { readonly version: string; readonly sinceMs: number }>();
  #lastLookMs = Number.NEGATIVE_INFINITY;
  /** A dead process goes with all its services at once; each service still hears how many Pods were its own. */
  readonly #unreported = new Map<string, number>();

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Looks once; gives how many Pods of this service were removed since it was last asked. */
  async reap(service: OwnedService): Promise<number> {
    await this.look();
    const count = this.#unreported.get(service) ?? 0;
    this.#unreported.delete(service);
    return count;
  }

  /** One look at all Leases. */
  async look(signal?: AbortSignal): Promise<void> {
    const { leases, isAlive, clock } = this.#options;
    const found = await leases.list(`${managedBySelector},${labels.instance}`, { signal });
    const nowMs = clock.now();
    const blind = !isAlive() || nowMs - this.#lastLookMs > gapMs;
    const before = blind ? new Map<string, never>() : this.#witnessed;
    this.#lastLookMs = nowMs;
    this.#witnessed = new Map(
      found.map(({ metadata: { uid = "", resourceVersion: version = "" } = {} }) => {
        const known = before.get(uid);
        return [uid, known?.version === version ? known : { version, sinceMs: nowMs }];
      }),
    );
    await Promise.all(found.filter((lease) => this.#isDead(lease, nowMs)).map((lease) => this.#reapOne(lease)));
  }

  #isDead(lease: V1Lease, nowMs: number): boolean {
    const { instanceId, serverTime } = this.#options;
    const owner = lease.metadata?.labels?.[labels.instance] ?? "";
    const witnessed = this.#witnessed.get(lease.metadata?.uid ?? "");
    const silent = witnessed !== undefined && nowMs - witnessed.sinceMs >= witnessMs;
    return owner !== "" && owner !== instanceId && silent && leaseExpired(lease, serverTime().getTime());
  }

  async #reapOne(lease: V1Lease): Promise<void> {
    const { leases, resources, logger } = this.#options;
    const { name = "", uid = "", resourceVersion = "" } = lease.metadata ?? {};
    const dead = lease.metadata?.labels?.[labels.instance] ?? "";
    try {
      const pods = await resources.pods.list(ownedBySelector(dead));
      // If it was renewed meanwhile this does nothing; if another process reaps too, one of us does.
      if (!(await leases.removeExactly(name, uid, resourceVersion))) return;
      await removeOwned(resources, dead, logger);
      for (const pod of pods) {
        const owner = pod.metadata?.labels?.[labels.service] ?? "";
        this.#unreported.set(owner, (this.#unreported.get(owner) ?? 0) + 1);
      }
      logger.info({ instanceId: dead, pods: pods.length }, "removed what a dead instance left behind");
    } catch (error) {
      logger.warn({ instanceId: dead, error: errorText(error) }, "a dead instance could not be removed");
    }
  }
}
