import type { V1Pod } from "@kubernetes/client-node";
import type { KubernetesError } from "../errors/kubernetes-error.ts";
import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, postJson } from "./check-context.ts";

/** Whether the namespace would take these Pods: a dry run goes through Pod Security, quota, limits and webhooks. */
export function checkPods(context: CheckContext, pods: readonly V1Pod[]): Promise<AccessLine[]> {
  return Promise.all(pods.map((pod) => dryRun(context, pod)));
}

async function dryRun(context: CheckContext, pod: V1Pod): Promise<AccessLine> {
  const subject = `Pod ${pod.metadata?.name ?? ""}`.trim();
  const base = { code: "FC_K8S_ACCESS_POD", subject } as const;
  const path = `/api/v1/namespaces/${encodeURIComponent(context.namespace)}/pods?dryRun=All`;
  const { name: _name, ownerReferences: _owners, ...metadata } = pod.metadata ?? {};
  const body = {
    ...pod,
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, namespace: context.namespace, generateName: "fakecloud-check-" },
  };
  try {
    const answer = await postJson(context, path, body);
    const warnings = warningTexts(answer.headers["warning"] ?? "");
    return warnings.length === 0
      ? { ...base, state: "ok", message: `${subject} would be admitted` }
      : { ...base, state: "warning", message: `${subject} would be admitted with warnings: ${warnings.join("; ")}` };
  } catch (error) {
    const refusal = answered(error);
    const fix = fixOf(refusal, context.namespace);
    return {
      ...base,
      state: "problem",
      message: `${subject} would be refused: ${refusal.status?.message ?? refusal.message}`,
      ...(fix !== undefined && { fix }),
    };
  }
}

function fixOf(refusal: KubernetesError, namespace: string): string | undefined {
  const text = refusal.status?.message ?? "";
  const [, level] = /violates PodSecurity "([a-z]+):/.exec(text) ?? [];
  if (level !== undefined)
    return `make the Pod meet Pod Security "${level}", or allow more: kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=${level === "restricted" ? "baseline" : "privileged"}`;
  if (text.includes("exceeded quota")) return `make room, or raise it: kubectl -n ${namespace} describe resourcequota`;
  if (text.includes("failed quota")) return "give every container the requests and limits that the quota counts";
  if (text.includes("LimitRange") || text.includes("usage per"))
    return `keep within the limits: kubectl -n ${namespace} describe limitrange`;
  return text.includes("cannot create resource") ? "grant the permission that is missing above" : undefined;
}

/** The texts of a Warning header (RFC 9111 5.5): `299 - "text"`, comma-separated. */
export function warningTexts(header: string): string[] {
  return [...header.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replaceAll(/\\(.)/g, "$1"),
  );
}
