import {
  isJsonObject,
  type JsonObject,
  type KubeObject,
  listAt,
  objectAt,
  textAt,
} from "../../../store/kube-object.ts";

/** What a check has against a Pod, in the words of Kubernetes' Pod Security admission. */
export interface Violation {
  /** Such as "host namespaces". */
  readonly reason: string;
  /** Such as `hostNetwork=true`. */
  readonly detail: string;
}

/** One rule of a Pod Security Standard; undefined: the Pod keeps it. */
export type PodCheck = (pod: KubeObject) => Violation | undefined;

/** A container, or the Pod itself, with its security context. */
export interface Secured {
  readonly name: string;
  readonly context: JsonObject;
  /** The whole container. */
  readonly container: JsonObject;
}

/** All containers of a Pod, init containers first. */
export function containersOf(pod: KubeObject): readonly Secured[] {
  const spec = pod["spec"];
  return ["initContainers", "containers", "ephemeralContainers"]
    .flatMap((list) => listAt(spec, list))
    .filter(isJsonObject)
    .map((container) => ({
      name: textAt(container, "name"),
      context: objectAt(container, "securityContext"),
      container,
    }));
}

/** The security context of the Pod as a whole. */
export function podContext(pod: KubeObject): JsonObject {
  return objectAt(pod["spec"], "securityContext");
}

/** `"a", "b"` */
export function quoted(items: readonly string[]): string {
  return items.map((item) => JSON.stringify(item)).join(", ");
}

/** The distinct ones, sorted and quoted. */
export function quotedSet(items: readonly string[]): string {
  return quoted([...new Set(items)].sort());
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** `container "a"`, `containers "a", "b"`. */
export function containersText(containers: readonly Secured[]): string {
  return `${plural("container", containers.length)} ${quoted(containers.map(({ name }) => name))}`;
}

/** `pod and container "a"`: who set something; "" when nobody did. */
export function settersText(podDid: boolean, containers: readonly Secured[]): string {
  return [...(podDid ? ["pod"] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(" and ");
}
