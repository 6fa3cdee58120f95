import assert from "node:assert/strict";
import { K8sClient } from "../client/k8s-client.ts";
import { leaseName } from "../ownership/instance-lease.ts";
import type { FaultOperation } from "./fault-operation.ts";
import { eventually, type FaultScene } from "./fault-stage.ts";

type IdentityName = "connect" | "connect: the Lease" | "renew the Lease";

/** What a process does to be known. */
export const identityOperations: Readonly<Record<IdentityName, FaultOperation>> = {
  connect: connecting({ path: "/version" }),
  "connect: the Lease": connecting({ verb: "create", resource: "leases" }),
  "renew the Lease": {
    match: () => ({ verb: "update", resource: "leases" }),
    begin: async ({ stage, client, clock, signal }) => {
      const name = leaseName(client.instanceId);
      const { namespace } = client;
      const version = async (): Promise<string | undefined> =>
        (await stage.direct.coordination.readNamespacedLease({ name, namespace })).metadata?.resourceVersion;
      const before = await version();
      return async () => {
        clock.fire(10_000);
        await eventually(async () => (await version()) !== before, signal);
        // A renewal goes on until its answer has come; closing waits for that.
        await client[Symbol.asyncDispose]();
      };
    },
  },
};

function connecting(match: ReturnType<FaultOperation["match"]>): FaultOperation {
  return {
    match: () => match,
    begin: ({ proxy, clock, stage, signal }: FaultScene) => {
      const instanceId = crypto.randomUUID().slice(0, 8);
      return async () => {
        const { kubeconfigPath: kubeconfig } = proxy;
        await using other = await K8sClient.connect({
          kubeconfig,
          namespace: stage.namespace,
          clock,
          instanceId,
          signal,
        });
        const { namespace } = other;
        const { items } = await stage.direct.coordination.listNamespacedLease({ namespace });
        const own = items.filter(({ metadata }) => metadata?.name === leaseName(instanceId));
        assert.equal(own.length, 1);
      };
    },
  };
}
