import { isJsonObject, type KubeObject, listAt } from "../../../store/kube-object.ts";
import type { ObjectStore } from "../../../store/object-store.ts";
import { StatusError } from "../../../store/status-error.ts";
import { Causes } from "../../objects/causes.ts";
import type { Resource } from "../../resources.ts";
import { baselineChecks } from "./baseline-checks.ts";
import type { PodCheck, Violation } from "./pod-check.ts";
import { isStricter, type LevelVersion, type PodSecurityLevel, podPolicy, validatePodPolicy } from "./pod-policy.ts";
import { restrictedChecks } from "./restricted-checks.ts";

const checks: Readonly<Record<PodSecurityLevel, readonly PodCheck[]>> = {
  privileged: [],
  baseline: baselineChecks,
  restricted: restrictedChecks,
};

function violations(pod: KubeObject, level: PodSecurityLevel): readonly Violation[] {
  return checks[level].flatMap((check) => check(pod) ?? []);
}

function texts(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
}

function named({ level, version }: LevelVersion): string {
  return JSON.stringify(`${level}:${version}`);
}

/** Pod Security admission of a Pod. Gives warnings. @throws StatusError 403 when its namespace enforces more than it keeps */
export function admitPod(
  resource: Resource,
  pod: KubeObject,
  previous: KubeObject | undefined,
  namespace: KubeObject | undefined,
): readonly string[] {
  // Of what may change in a Pod only its images count.
  if (previous !== undefined && sameImages(pod, previous)) return [];
  const { enforce, warn } = podPolicy(namespace?.metadata.labels ?? {});
  const refused = violations(pod, enforce.level);
  if (refused.length > 0) {
    const why = `violates PodSecurity ${named(enforce)}: ${texts(refused)}`;
    throw StatusError.forbidden(resource, pod.metadata.name, why);
  }
  const warned = violations(pod, warn.level);
  return warned.length === 0 ? [] : [`would violate PodSecurity ${named(warn)}: ${texts(warned)}`];
}

function sameImages(pod: KubeObject, previous: KubeObject): boolean {
  const images = (object: KubeObject): string =>
    JSON.stringify(
      ["initContainers", "containers"].flatMap((list) =>
        listAt(object["spec"], list).map((container) => (isJsonObject(container) ? container["image"] : "")),
      ),
    );
  return images(pod) === images(previous);
}

/**
 * Pod Security admission of a namespace: its labels have to mean something, and Pods that would not be let in under a
 * stricter level are warned of. @throws StatusError 422
 */
export function admitNamespace(
  resource: Resource,
  namespace: KubeObject,
  previous: KubeObject | undefined,
  store: ObjectStore,
): readonly string[] {
  const labels = namespace.metadata.labels ?? {};
  const { name } = namespace.metadata;
  const causes = new Causes();
  validatePodPolicy(causes, labels);
  const before = new Causes();
  validatePodPolicy(before, previous?.metadata.labels ?? {});
  if (causes.list.length > 0 && JSON.stringify(causes.list) !== JSON.stringify(before.list))
    throw StatusError.invalid(resource, name, causes.list);
  const { enforce } = podPolicy(labels);
  if (previous === undefined || !isStricter(enforce.level, podPolicy(previous.metadata.labels ?? {}).enforce.level))
    return [];
  const podsByReason = new Map<string, string[]>();
  for (const pod of store.peekList("pods", name)) {
    const reasons = violations(pod, enforce.level).map(({ reason }) => reason);
    if (reasons.length === 0) continue;
    const text = reasons.join(", ");
    podsByReason.set(text, [...(podsByReason.get(text) ?? []), pod.metadata.name]);
  }
  if (podsByReason.size === 0) return [];
  const first = `existing pods in namespace ${JSON.stringify(name)} violate the new PodSecurity enforce level ${named(enforce)}`;
  return [first, ...[...podsByReason].map(([reasons, pods]) => `${podsText(pods)}: ${reasons}`).sort()];
}

function podsText([first = "", ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  return `${first} (and ${others.length} other ${others.length === 1 ? "pod" : "pods"})`;
}
