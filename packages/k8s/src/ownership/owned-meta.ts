import type { V1ObjectMeta, V1OwnerReference } from "@kubernetes/client-node";
import { labels, managedByValue, type OwnedService } from "../labels.ts";

/** Metadata with the labels and references of its owner. What the caller set stays, but for the ownership labels. */
export function ownedMeta(
  meta: V1ObjectMeta,
  ownership: {
    readonly owner: "process" | "installation";
    readonly service: OwnedService;
    readonly instanceId: string;
    /** Undefined: the installation is the process. */
    readonly installationId: string | undefined;
    readonly lease: V1OwnerReference;
  },
): V1ObjectMeta {
  const { owner, service, instanceId, installationId, lease } = ownership;
  const endsWithProcess = owner === "process" || installationId === undefined;
  return {
    ...meta,
    labels: {
      [labels.appName]: managedByValue,
      [labels.appComponent]: service,
      [labels.appManagedBy]: managedByValue,
      ...meta.labels,
      [labels.managedBy]: managedByValue,
      [labels.service]: service,
      ...(endsWithProcess && { [labels.instance]: instanceId }),
      ...(owner === "installation" && { [labels.installation]: installationId ?? instanceId }),
    },
    ...(endsWithProcess && { ownerReferences: [...(meta.ownerReferences ?? []), lease] }),
  };
}
