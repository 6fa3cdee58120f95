import type { V1Container, V1Pod } from "@kubernetes/client-node";

/** Objects that the client makes one of at least, in the names of quotas. */
const counted = ["secrets", "services", "configmaps", "leases.coordination.k8s.io"] as const;

/** What these Pods need together of everything that a quota can count, by the quota's name for it. */
export function podNeeds(pods: readonly V1Pod[], amount: (quantity: string) => number): ReadonlyMap<string, number> {
  const needs = new Map<string, number>([
    ["pods", Math.max(1, pods.length)],
    ["count/pods", Math.max(1, pods.length)],
    ...counted.flatMap((name): [string, number][] => [
      [name, 1],
      [`count/${name}`, 1],
    ]),
  ]);
  for (const kind of ["requests", "limits"] as const)
    for (const resource of ["cpu", "memory", "ephemeral-storage"]) {
      const need = pods.reduce((sum, pod) => sum + podAmount(pod, kind, resource, amount), 0);
      needs.set(`${kind}.${resource}`, need);
      if (kind === "requests") needs.set(resource, need);
    }
  return needs;
}

/** Containers and sidecars run together; each other init container runs alone before them. */
function podAmount(
  pod: V1Pod,
  kind: "requests" | "limits",
  resource: string,
  amount: (quantity: string) => number,
): number {
  const of = ({ resources }: V1Container): number => {
    // Kubernetes takes a limit for the request when there is none.
    const quantity = resources?.[kind]?.[resource] ?? (kind === "requests" ? resources?.limits?.[resource] : undefined);
    return quantity === undefined ? 0 : amount(quantity);
  };
  const init = pod.spec?.initContainers ?? [];
  const sidecars = init.filter(({ restartPolicy }) => restartPolicy === "Always");
  const together = [...(pod.spec?.containers ?? []), ...sidecars].reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...init.map(of));
}
