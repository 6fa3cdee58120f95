import { parseQuantity } from "../node/pod/quantity.ts";
import type { Pod } from "../node/pod-types.ts";
import { type Node, type NodeSelectorRequirement, type NodeSelectorTerm, tolerates } from "./node-types.ts";
import { podRequests, type Requests } from "./pod-requests.ts";

/** Why a node does not take a Pod, in the scheduler's words. */
export interface Misfit {
  readonly reasons: readonly string[];
  /** Whether it would help if other Pods left the node. */
  readonly crowded: boolean;
}

/** Checks a node for a Pod in the scheduler's order; the first check that fails gives the reasons. undefined: it fits. */
export function misfit(pod: Pod, node: Node, used: Requests): Misfit | undefined {
  const { tolerations = [] } = pod.spec;
  const cordon = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  if (node.spec.unschedulable === true && tolerates(tolerations, cordon) === undefined)
    return { reasons: ["node(s) were unschedulable"], crowded: false };
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule");
  if (taints.some((taint) => tolerates(tolerations, taint) === undefined))
    return { reasons: ["node(s) had untolerated taint(s)"], crowded: false };
  if (!matchesSelector(pod, node))
    return { reasons: ["node(s) didn't match Pod's node affinity/selector"], crowded: false };
  return lackOf(podRequests(pod), node, used);
}

function lackOf(requests: Requests, node: Node, used: Requests): Misfit | undefined {
  const reasons: string[] = [];
  let crowded = true;
  const wanted = { pods: 1, ...requests };
  for (const [name, amount] of Object.entries(wanted)) {
    const allocatable = parseQuantity(node.status.allocatable[name]) ?? 0;
    // Sums of fractions of a CPU: less than a thousandth of one is nothing.
    if (amount === 0 || amount + (used[name] ?? 0) <= allocatable + 1e-6) continue;
    reasons.push(name === "pods" ? "Too many pods" : `Insufficient ${name}`);
    if (amount > allocatable) crowded = false;
  }
  return reasons.length === 0 ? undefined : { reasons, crowded };
}

function matchesSelector(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, node));
}

/** An empty term matches nothing. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { "metadata.name": node.metadata.name };
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, labels)) &&
    matchFields.every((requirement) => matchesRequirement(requirement, fields))
  );
}

function matchesRequirement(requirement: NodeSelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const { key, operator, values = [] } = requirement;
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return Number(value) > Number(values[0]);
    case "Lt":
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** The scheduler's sentence about a Pod that no node takes. */
export function unschedulableMessage(misfits: readonly Misfit[]): string {
  const total = misfits.length;
  if (total === 0) return "no nodes available to schedule pods";
  const preemption = misfits.map(({ crowded }) =>
    crowded ? "No preemption victims found for incoming pod" : "Preemption is not helpful for scheduling",
  );
  const reasons = misfits.flatMap((one) => one.reasons);
  const available = (why: readonly string[]): string => `0/${total} nodes are available: ${counted(why)}.`;
  return `${available(reasons)} no new claims to deallocate, preemption: ${available(preemption)}`;
}

/** Sorted as texts with their counts in front, as the scheduler does it. */
function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
