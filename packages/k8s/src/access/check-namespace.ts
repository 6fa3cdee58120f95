import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, postJson, readJson } from "./check-context.ts";

/** Whether the namespace exists. A Role need not allow to read it: then the dry run of a Lease tells. */
export async function checkNamespace(context: CheckContext): Promise<{ exists: boolean; line: AccessLine }> {
  const { namespace } = context;
  const base = { code: "FC_K8S_ACCESS_NAMESPACE", subject: "namespace" } as const;
  const found = await phaseOf(context);
  if (found === "missing")
    return {
      exists: false,
      line: {
        ...base,
        state: "problem",
        message: `namespace ${namespace} does not exist`,
        fix: `kubectl create namespace ${namespace}`,
      },
    };
  if (found === "Terminating")
    return {
      exists: false,
      line: {
        ...base,
        state: "problem",
        message: `namespace ${namespace} is being deleted`,
        fix: "wait until it is gone and create it again, or use another one",
      },
    };
  const line: AccessLine =
    found === "unknown"
      ? { ...base, state: "warning", message: `whether namespace ${namespace} exists may not be known by this user` }
      : { ...base, state: "ok", message: `namespace ${namespace} exists` };
  return { exists: true, line };
}

async function phaseOf(context: CheckContext): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(context.namespace)}`;
  try {
    const found = (await readJson(context, path)) as { status?: { phase?: string } };
    return found.status?.phase ?? "Active";
  } catch (error) {
    const refusal = answered(error);
    if (refusal.isNotFound()) return "missing";
    if (!refusal.isForbidden()) throw error;
    return await phaseByDryRun(context);
  }
}

async function phaseByDryRun(context: CheckContext): Promise<string> {
  const { namespace } = context;
  const path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases?dryRun=All`;
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { generateName: "fakecloud-check-" } };
  try {
    await postJson(context, path, lease);
    return "Active";
  } catch (error) {
    const refusal = answered(error);
    if (refusal.isNotFound()) return "missing";
    const terminating = refusal.status?.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating");
    return terminating === true ? "Terminating" : "unknown";
  }
}
