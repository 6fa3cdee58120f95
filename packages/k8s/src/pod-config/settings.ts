import type { SettingsTable } from "@fc/core";
import type { V1Toleration } from "@kubernetes/client-node";
import { annotations, nodeSelector, tolerations } from "./parse.ts";

/** What a user may add to Pods. */
export interface PodConfigValues {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly V1Toleration[];
  readonly annotations?: Readonly<Record<string, string>>;
}

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
  };
}
