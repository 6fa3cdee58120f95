import type { Resource } from "../api/resources.ts";
import { type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../store/kube-object.ts";

/** What is still in a namespace that is being deleted. */
export type Remaining = readonly { readonly resource: Resource; readonly objects: readonly KubeObject[] }[];

/** `status.conditions` of a namespace that is being deleted, in the words of Kubernetes' namespace controller. */
export function deletionConditions(namespace: KubeObject, remaining: Remaining, now: string): JsonObject[] {
  const resources = remaining
    .filter(({ objects }) => objects.length > 0)
    .map(({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`);
  const finalizers = new Map<string, number>();
  for (const finalizer of remaining.flatMap(({ objects }) =>
    objects.flatMap(({ metadata }) => metadata.finalizers ?? []),
  ))
    finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const before = listAt(namespace["status"], "conditions");
  const condition = (type: string, reason: string, message: string, status = "False"): JsonObject => {
    const last = before.find((entry) => textAt(entry, "type") === type);
    const unchanged = textAt(last, "status") === status;
    const since = unchanged ? textAt(last, "lastTransitionTime") : now;
    return { type, status, reason, message, lastTransitionTime: since };
  };
  const contentText = `Some resources are remaining: ${resources.sort().join(", ")}`;
  const heldText = `Some content in the namespace has finalizers remaining: ${held.sort().join(", ")}`;
  return [
    condition("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    condition(
      ...(["NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions"] as const),
      "All legacy kube types successfully parsed",
    ),
    condition(
      ...(["NamespaceDeletionContentFailure", "ContentDeleted"] as const),
      "All content successfully deleted, may be waiting on finalization",
    ),
    resources.length > 0
      ? condition("NamespaceContentRemaining", "SomeResourcesRemain", contentText, "True")
      : condition("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    held.length > 0
      ? condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", heldText, "True")
      : condition(
          "NamespaceFinalizersRemaining",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ),
  ];
}

/** Whether nothing but its own controller holds the namespace any more. */
export function isFree(namespace: KubeObject): boolean {
  const others = listAt(objectAt(namespace, "spec"), "finalizers").filter((name) => name !== "kubernetes");
  return others.length === 0 && (namespace.metadata.finalizers ?? []).length === 0;
}
