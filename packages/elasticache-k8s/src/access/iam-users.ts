import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";

/** The container that stands before an engine with such users. */
export const iamFrontName = "iam";

/**
 * Whether something has to stand before the engine that takes the tokens of users with IAM authentication. Nodes without such users have
 * none; neither have those in clear, which a token must not go over.
 */
export function needsIamFront(spec: CacheNodeSpec): boolean {
  return spec.access?.tls !== undefined && spec.access.users?.some(({ iam }) => iam === true) === true;
}

/** Whether a Pod has it. */
export function hasIamFront(pod: V1Pod): boolean {
  return pod.spec?.initContainers?.some(({ name }) => name === iamFrontName) === true;
}
