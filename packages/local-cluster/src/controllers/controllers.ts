import type { ControllersOptions } from "./controllers-options.ts";
import { createDefaultRoles } from "./default-roles.ts";
import { startDisruptionBudgets } from "./disruption-budgets.ts";
import { startEventLimit } from "./event-limit.ts";
import { startGarbageCollector } from "./garbage-collector.ts";
import { startNamespaces } from "./namespaces.ts";
import { startResourceQuotas } from "./resource-quotas.ts";
import { startRootCertificate } from "./root-certificate.ts";
import { createServiceAddresses } from "./service-addresses.ts";
import { startServices } from "./services.ts";

/** What keeps the cluster's own promises: namespaces, garbage collection, quotas, disruption budgets, Services. */
export interface Controllers extends AsyncDisposable {
  /** A free ClusterIP. */
  nextServiceAddress(): string;
  /** Puts the certificate authority of the API (PEM) into every namespace. */
  publishAuthority(authority: string): void;
}

/** Starts all controllers; the three built-in namespaces exist when this returns. */
export function startControllers(options: ControllersOptions): Controllers {
  const { store, clock } = options;
  const stops = [
    startGarbageCollector(store, clock),
    startNamespaces(store, clock),
    startEventLimit(store),
    startResourceQuotas(store),
    startDisruptionBudgets(store, clock),
  ];
  createDefaultRoles(store);
  const services = startServices(options);
  const addresses = createServiceAddresses(store, options.serviceRange);
  return {
    nextServiceAddress: () => addresses.next(),
    publishAuthority: (authority) => void stops.push(startRootCertificate(store, authority)),
    [Symbol.asyncDispose]: async () => {
      for (const stop of stops) stop();
      await services[Symbol.asyncDispose]();
    },
  };
}
