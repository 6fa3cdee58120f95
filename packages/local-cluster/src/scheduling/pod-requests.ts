import { parseQuantity } from "../node/pod/quantity.ts";
import type { Container, Pod } from "../node/pod-types.ts";
import { isSidecar } from "../node/pod-types.ts";

/** What a Pod asks of a node: resource name → amount (cpu in CPUs, memory in bytes). */
export type Requests = Readonly<Record<string, number>>;

/**
 * The scheduler's sum: the containers and sidecars run together; an ordinary init container runs before them, beside the
 * sidecars that were started before it.
 */
export function podRequests(pod: Pod): Requests {
  const together: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of pod.spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (isSidecar(container)) add(together, own);
    else for (const [name, amount] of Object.entries(own)) raise(peak, name, (together[name] ?? 0) + amount);
  }
  for (const container of pod.spec.containers) add(together, requestsOf(container));
  for (const [name, amount] of Object.entries(together)) raise(peak, name, amount);
  return peak;
}

/** A limit without a request is the request too. */
function requestsOf({ resources = {} }: Container): Record<string, number> {
  const entries = Object.entries({ ...resources.limits, ...resources.requests });
  return Object.fromEntries(entries.map(([name, quantity]) => [name, parseQuantity(quantity) ?? 0]));
}

function add(sum: Record<string, number>, more: Requests): void {
  for (const [name, amount] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + amount;
}

function raise(peak: Record<string, number>, name: string, amount: number): void {
  peak[name] = Math.max(peak[name] ?? 0, amount);
}
