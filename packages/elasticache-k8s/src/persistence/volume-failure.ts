import { errorText, FcError } from "@fc/core";
import { KubernetesError, PodStartError } from "@fc/k8s";

const remedy =
  "use a StorageClass that applies fsGroup, as most CSI drivers do (FAKECLOUD_ELASTICACHE_PERSISTENCE_STORAGE_CLASS)";

/**
 * What is to be done about a Pod that failed on its volume, which neither Kubernetes nor the engine says. Undefined of one that failed on
 * something else. `chown`: whether the Pod has the step as root.
 */
export function volumeFailure(error: unknown, chown: boolean): FcError | undefined {
  if (PodStartError.is(error) && /permission denied/i.test(error.logTail ?? ""))
    return notWritable(
      `The volume is not the engine's to write to, since its storage ignores fsGroup: ${remedy}, or, where Pod Security allows a step as root, set FAKECLOUD_ELASTICACHE_PERSISTENCE_CHOWN to true`,
      error,
    );
  // All else in these Pods is what `restricted` asks for.
  if (chown && KubernetesError.is(error) && /violates PodSecurity/.test(error.message))
    return notWritable(
      `The namespace's Pod Security does not allow the step as root that FAKECLOUD_ELASTICACHE_PERSISTENCE_CHOWN asks for: leave it out and ${remedy}`,
      error,
    );
  return undefined;
}

function notWritable(what: string, cause: Error): FcError {
  return new FcError("FC_CACHE_VOLUME_NOT_WRITABLE", `${what}. ${errorText(cause)}`, { fault: "user", cause });
}
