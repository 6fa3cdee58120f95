import type { K8sClient } from "../client/k8s-client.ts";
import type { Bench } from "./bench.ts";

/** The name of the Lease of a client's process. */
export function leaseOf(client: K8sClient): string {
  return `fakecloud-instance-${client.instanceId}`;
}

/** Its Lease has grown old. */
export async function diedLongAgo({ client, namespace }: Bench, dead: K8sClient): Promise<void> {
  const body = [{ op: "replace", path: "/spec/renewTime", value: "2020-01-01T00:00:00.000000Z" }];
  await client.coordination.patchNamespacedLease({ name: leaseOf(dead), namespace, body });
}
