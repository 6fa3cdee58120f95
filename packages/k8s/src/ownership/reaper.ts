import { errorText, type Logger } from "@fc/core";
import type { V1Lease } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { labels, managedBySelector, type OwnedService } from "../labels.ts";
import { leaseExpired } from "./instance-lease.ts";
import { type OwnedResources, ownedBySelector, removeOwned } from "./owned-objects.ts";

/** Removes what dead processes left behind: only what belongs to a Lease whose time is up. */
export class Reaper {
  readonly #leases: ResourceClient<V1Lease>;
  readonly #resources: OwnedResources;
  readonly #instanceId: string;
  readonly #serverTime: () => Date;
  readonly #logger: Logger;
  /** A dead process goes with all its services at once; each service still hears how many Pods were its own. */
  readonly #unreported = new Map<string, number>();

  constructor(options: {
    readonly leases: ResourceClient<V1Lease>;
    readonly resources: OwnedResources;
    readonly instanceId: string;
    readonly serverTime: () => Date;
    readonly logger: Logger;
  }) {
    this.#leases = options.leases;
    this.#resources = options.resources;
    this.#instanceId = options.instanceId;
    this.#serverTime = options.serverTime;
    this.#logger = options.logger;
  }

  /** How many Pods of this service were removed since it was last asked. */
  async reap(service: OwnedService): Promise<number> {
    for (const lease of await this.#leases.list(`${managedBySelector},${labels.instance}`)) await this.#reapOne(lease);
    const count = this.#unreported.get(service) ?? 0;
    this.#unreported.delete(service);
    return count;
  }

  async #reapOne(lease: V1Lease): Promise<void> {
    const { name = "", uid = "", resourceVersion = "" } = lease.metadata ?? {};
    const dead = lease.metadata?.labels?.[labels.instance] ?? "";
    if (dead === "" || dead === this.#instanceId || !leaseExpired(lease, this.#serverTime().getTime())) return;
    try {
      const pods = await this.#resources.pods.list(ownedBySelector(dead));
      // If it was renewed meanwhile this does nothing; if another process reaps too, one of us does.
      if (!(await this.#leases.removeExactly(name, uid, resourceVersion))) return;
      await removeOwned(this.#resources, dead, this.#logger);
      for (const pod of pods) {
        const owner = pod.metadata?.labels?.[labels.service] ?? "";
        this.#unreported.set(owner, (this.#unreported.get(owner) ?? 0) + 1);
      }
      this.#logger.info({ instanceId: dead, pods: pods.length }, "removed what a dead instance left behind");
    } catch (error) {
      this.#logger.warn({ instanceId: dead, error: errorText(error) }, "a dead instance could not be removed");
    }
  }
}
