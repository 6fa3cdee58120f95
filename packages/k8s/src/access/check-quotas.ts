import type { V1Pod, V1ResourceQuota } from "@kubernetes/client-node";
import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, readJson } from "./check-context.ts";
import { podNeeds } from "./pod-needs.ts";

const code = "FC_K8S_ACCESS_QUOTA";

/** What the namespace's quotas leave, and whether all these Pods together fit into it. */
export async function checkQuotas(
  context: CheckContext,
  pods: readonly V1Pod[],
  amount: (quantity: string) => number,
): Promise<AccessLine[]> {
  let quotas: readonly V1ResourceQuota[];
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(context.namespace)}/resourcequotas`;
    quotas = ((await readJson(context, path)) as { items?: V1ResourceQuota[] }).items ?? [];
  } catch (error) {
    const message = `quotas are not known: ${answered(error).message}`;
    return [{ code, subject: "quotas", state: "warning", message }];
  }
  if (quotas.length === 0) return [{ code, subject: "quotas", state: "ok", message: "the namespace has no quota" }];
  const needs = podNeeds(pods, amount);
  return quotas.flatMap((quota) => quotaLines(quota, needs, amount, context.namespace));
}

function quotaLines(
  quota: V1ResourceQuota,
  needs: ReadonlyMap<string, number>,
  amount: (quantity: string) => number,
  namespace: string,
): AccessLine[] {
  const name = quota.metadata?.name ?? "";
  const scoped = quota.spec?.scopes !== undefined || quota.spec?.scopeSelector !== undefined;
  return Object.entries(quota.status?.hard ?? {}).flatMap(([resource, hard]): AccessLine[] => {
    const need = needs.get(resource);
    if (need === undefined) return [];
    const used = quota.status?.used?.[resource] ?? "0";
    const left = amount(hard) - amount(used);
    const message = `quota ${name}: ${used} of ${hard} ${resource} are used`;
    const base = { code, subject: `${name} ${resource}` } as const;
    if (left >= need) return [{ ...base, state: "ok", message }];
    return [
      {
        ...base,
        // A quota with scopes may not count these Pods at all.
        state: scoped ? "warning" : "problem",
        message: `${message}, ${needText(resource, need)} more would not fit${scoped ? " if its scopes apply" : ""}`,
        fix: `make room, or raise it: kubectl -n ${namespace} edit resourcequota ${name}`,
      },
    ];
  });
}

function needText(resource: string, need: number): string {
  return /memory|storage/.test(resource) ? `${Math.ceil(need / 1024 ** 2)}Mi` : String(need);
}
