import { FcError, nearestName, SettingsError, tryReadSettings } from "@fc/core";
import type { V1Pod, V1Toleration } from "@kubernetes/client-node";
import { annotations, nodeSelector, tolerations } from "./parse.ts";
import { type PodConfigValues, podConfigSettings, type ReservedTag, reservedTags } from "./settings.ts";

const tagPrefix = "fakecloud-k8s/";
const tagParsers = { "node-selector": nodeSelector, tolerations, annotations } satisfies Record<ReservedTag, unknown>;

/** A reserved tag with a value that Kubernetes would refuse, or one that the operator does not allow. `code` is `FC_K8S_TAG_INVALID`, the fault is the user's. */
export class K8sTagError extends FcError {
  readonly problems: readonly { readonly tag: string; readonly problem: string }[];

  constructor(problems: readonly { readonly tag: string; readonly problem: string }[]) {
    super("FC_K8S_TAG_INVALID", problems.map(({ tag, problem }) => `tag ${tag}: ${problem}`).join("\n"), {
      fault: "user",
      details: { problems },
    });
    this.problems = problems;
  }
}

/**
 * Node selector, tolerations and annotations that users add to Pods, on three levels: all Pods, a service's Pods, one
 * resource's Pods. On each key the higher level wins; tolerations add up.
 */
export class K8sPodConfig {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly V1Toleration[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The reserved tags that users may set; undefined: all of them. */
  readonly allowedTags: readonly ReservedTag[] | undefined;

  constructor(values: PodConfigValues = {}) {
    this.nodeSelector = { ...values.nodeSelector };
    this.tolerations = distinct(values.tolerations ?? []);
    this.annotations = { ...values.annotations };
    this.allowedTags = values.allowedTags;
  }

  /**
   * `FAKECLOUD_K8S_*` with `<prefix>_*` over it.
   * @throws SettingsError with every problem of both levels.
   */
  static resolvedBase(prefix: string, environment: Readonly<Record<string, string | undefined>>): K8sPodConfig {
    const levels = [...new Set(["FAKECLOUD_K8S", prefix])].map((name) =>
      tryReadSettings(podConfigSettings(name), { environment }),
    );
    const problems = levels.flatMap((level) => level.problems);
    if (problems.length > 0) throw new SettingsError(problems);
    return levels.reduce((base, level) => base.merge(new K8sPodConfig(level.values)), new K8sPodConfig());
  }

  /**
   * The reserved tags `fakecloud-k8s/node-selector`, `fakecloud-k8s/tolerations` and `fakecloud-k8s/annotations` of a
   * resource. Other tags are ignored; blank ones too.
   * @throws K8sTagError with every problem; one that is not `allowed` is a problem, whatever it says
   */
  static fromTags(
    tags: Readonly<Record<string, string>>,
    allowed: readonly ReservedTag[] = reservedTags,
  ): K8sPodConfig {
    const problems: { tag: string; problem: string }[] = [];
    const read = <K extends keyof typeof tagParsers>(key: K): ReturnType<(typeof tagParsers)[K]> | undefined => {
      const value = tags[tagPrefix + key];
      if (value === undefined || value.trim() === "") return undefined;
      if (!allowed.includes(key)) {
        const problem = "the operator of this server does not allow it (FAKECLOUD_*K8S_ALLOWED_TAGS)";
        problems.push({ tag: tagPrefix + key, problem });
        return undefined;
      }
      try {
        return tagParsers[key](value) as ReturnType<(typeof tagParsers)[K]>;
      } catch (error) {
        problems.push({ tag: tagPrefix + key, problem: `expected ${(error as Error).message}` });
        return undefined;
      }
    };
    const values = {
      nodeSelector: read("node-selector") ?? {},
      tolerations: read("tolerations") ?? [],
      annotations: read("annotations") ?? {},
    };
    problems.push(...unknownTags(tags));
    if (problems.length > 0) throw new K8sTagError(problems);
    return new K8sPodConfig(values);
  }

  /**
   * This with what the reserved tags of a resource say on top.
   * @throws K8sTagError with every problem; also for tags that {@link allowedTags} does not name
   */
  withTags(tags: Readonly<Record<string, string>>): K8sPodConfig {
    return this.merge(K8sPodConfig.fromTags(tags, this.allowedTags));
  }

  /** This with `over` on top: per key `over` wins, keys that only this has stay, tolerations add up without duplicates. */
  merge(over: K8sPodConfig): K8sPodConfig {
    return new K8sPodConfig({
      nodeSelector: { ...this.nodeSelector, ...over.nodeSelector },
      tolerations: [...this.tolerations, ...over.tolerations],
      annotations: { ...this.annotations, ...over.annotations },
      allowedTags: over.allowedTags ?? this.allowedTags,
    });
  }

  /** A copy of the Pod with this added. What the Pod already has stays as it is. */
  apply(pod: V1Pod): V1Pod {
    const selector = { ...this.nodeSelector, ...pod.spec?.nodeSelector };
    const tolerated = distinct([...(pod.spec?.tolerations ?? []), ...this.tolerations]);
    const annotated = { ...this.annotations, ...pod.metadata?.annotations };
    return {
      ...pod,
      metadata: { ...pod.metadata, ...(Object.keys(annotated).length > 0 && { annotations: annotated }) },
      spec: {
        ...(pod.spec ?? { containers: [] }),
        ...(Object.keys(selector).length > 0 && { nodeSelector: selector }),
        ...(tolerated.length > 0 && { tolerations: tolerated }),
      },
    };
  }
}

function unknownTags(tags: Readonly<Record<string, string>>): { tag: string; problem: string }[] {
  const known = reservedTags.map((key) => tagPrefix + key);
  return Object.keys(tags)
    .filter((tag) => tag.startsWith(tagPrefix) && !known.includes(tag))
    .map((tag) => {
      const near = nearestName(tag, known);
      const hint = near === undefined ? `the reserved tags are ${known.join(", ")}` : `did you mean ${near}?`;
      return { tag, problem: `not a tag that is understood; ${hint}` };
    });
}

function distinct(list: readonly V1Toleration[]): V1Toleration[] {
  const seen = new Map<string, V1Toleration>();
  for (const entry of list) {
    const identity = JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (!seen.has(identity)) seen.set(identity, entry);
  }
  return [...seen.values()];
}
