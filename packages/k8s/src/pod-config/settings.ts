import type { Parser, SettingsTable } from "@fc/core";
import type { V1Toleration } from "@kubernetes/client-node";
import { annotations, nodeSelector, tolerations } from "./parse.ts";

/** What a user may add to Pods. */
export interface PodConfigValues {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly V1Toleration[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The reserved tags that users may set. Default: all of them. */
  readonly allowedTags?: readonly ReservedTag[] | undefined;
}

/** The reserved tags by which a resource configures its own Pods, without their prefix. */
export const reservedTags = ["node-selector", "tolerations", "annotations"] as const;
export type ReservedTag = (typeof reservedTags)[number];

const allowedTags: Parser<readonly ReservedTag[]> = Object.assign(
  (text: string): readonly ReservedTag[] => {
    const words = text.split(",").map((word) => word.trim().toLowerCase());
    if (words.length === 1 && words[0] === "all") return reservedTags;
    if (words.length === 1 && words[0] === "none") return [];
    return words.map((word) => {
      const tag = reservedTags.find((known) => known === word);
      if (tag === undefined) throw new Error(allowedTags.expected);
      return tag;
    });
  },
  { expected: `all, none, or some of ${reservedTags.join(", ")}, separated by commas` },
);

/** The settings of one level: `FAKECLOUD_K8S` for all Pods, `FAKECLOUD_LAMBDA_K8S` or `FAKECLOUD_ELASTICACHE_K8S` over it. */
export function podConfigSettings(prefix: string): SettingsTable<PodConfigValues> {
  const whose = prefix === "FAKECLOUD_K8S" ? "every Pod" : "the Pods of this service, over FAKECLOUD_K8S_*";
  return {
    nodeSelector: {
      name: `${prefix}_NODE_SELECTOR`,
      parse: nodeSelector,
      blank: "unset",
      doc: `Node selector of ${whose}.`,
    },
    tolerations: {
      name: `${prefix}_TOLERATIONS`,
      parse: tolerations,
      blank: "unset",
      doc: `Tolerations of ${whose}.`,
    },
    annotations: {
      name: `${prefix}_ANNOTATIONS`,
      parse: annotations,
      blank: "unset",
      doc: `Annotations of ${whose}.`,
    },
    allowedTags: {
      name: `${prefix}_ALLOWED_TAGS`,
      parse: allowedTags,
      blank: "unset",
      doc: `Which of the reserved tags fakecloud-k8s/* users may set on what becomes ${whose}. A resource with another one of them is refused its Pods. Default: all.`,
    },
  };
}
