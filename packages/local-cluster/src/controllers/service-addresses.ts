import { textAt } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { ServiceRange } from "./service-range.ts";

/** Gives out ClusterIPs. */
export interface ServiceAddresses {
  /** An address of the cluster's range that no Service has; those given out longest ago come back last. */
  next(): string;
}

/** Every address of 127.0.0.0/8 can be listened on without configuration on Linux. Elsewhere Services have no proxy. */
export function createServiceAddresses(store: ObjectStore, { from, width }: ServiceRange): ServiceAddresses {
  const count = width * 254;
  let last = -1;
  return {
    next: () => {
      const taken = new Set(store.peekList("services").map((service) => textAt(service["spec"], "clusterIP")));
      for (let tries = 0; tries < count; tries += 1) {
        last = (last + 1) % count;
        const address = `127.78.${from + Math.floor(last / 254)}.${(last % 254) + 1}`;
        if (!taken.has(address)) return address;
      }
      throw new RangeError(`all ${count} Service addresses are taken`);
    },
  };
}
