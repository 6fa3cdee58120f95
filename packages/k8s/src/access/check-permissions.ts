import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, postJson } from "./check-context.ts";
import { bindCommand } from "./check-identity.ts";
import { type Permission, requiredPermissions } from "./permissions.ts";

const reviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

interface Finding {
  readonly permission: Permission;
  readonly verb: string;
  /** Undefined: the server did not say. */
  readonly allowed: boolean | undefined;
  readonly reason: string;
}

/** Asks the API server for every verb of the table by itself (SelfSubjectAccessReview), and says which are missing. */
export async function checkPermissions(
  context: CheckContext,
  server: { readonly identity: string | undefined; readonly minor: number | undefined },
  permissions: readonly Permission[] = requiredPermissions,
): Promise<AccessLine[]> {
  // In the cluster Pods are reached by their addresses.
  const needed = permissions.filter(({ outsideOnly }) => !(outsideOnly === true && context.inCluster));
  const findings = await Promise.all(
    needed.flatMap((permission) => permission.verbs.map((verb) => review(context, permission, verb))),
  );
  // Without a single one the Role is not bound, or not even there: then its rules are not the matter.
  const unbound = findings.every(({ allowed }) => allowed === false);
  return findings.map((finding) => {
    const { permission, verb, allowed, reason } = finding;
    const subject = `${verb} ${nameOf(permission)}`;
    const base = { code: "FC_K8S_ACCESS_PERMISSION", subject } as const;
    const who = server.identity ?? "the user of these credentials";
    if (allowed === true) return { ...base, state: "ok", message: `${who} may ${subject}` };
    if (allowed === undefined)
      return { ...base, state: "warning", message: `whether ${who} may ${subject} is not known: ${reason}` };
    const spared = sparedBecause(permission, server.minor);
    const why = spared ?? `needed to ${permission.purpose}`;
    return {
      ...base,
      state: spared === undefined ? "problem" : "warning",
      message: `${who} may not ${subject} in namespace ${context.namespace}: ${why}${reason && ` (${reason})`}`,
      fix: unbound
        ? `apply the Role of @fc/k8s, then ${bindCommand(server.identity, context.namespace)}`
        : `add to the Role: ${ruleText(permission, verb)}`,
    };
  });
}

/** Why the client works without it, if it does. */
function sparedBecause(permission: Permission, minor: number | undefined): string | undefined {
  const { lost, sinceMinor } = permission;
  if (sinceMinor !== undefined && minor !== undefined && minor < sinceMinor)
    return `needed from Kubernetes 1.${sinceMinor} on to ${permission.purpose}`;
  return lost === undefined ? undefined : `without it ${lost}`;
}

async function review(context: CheckContext, permission: Permission, verb: string): Promise<Finding> {
  const [resource, subresource] = permission.resource.split("/");
  const resourceAttributes = {
    namespace: context.namespace,
    verb,
    group: permission.apiGroup,
    resource,
    ...(subresource !== undefined && { subresource }),
  };
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  try {
    const answer = await postJson(context, reviewPath, body);
    const { status } = JSON.parse(answer.body.toString("utf8")) as {
      status?: { allowed?: boolean; reason?: string; evaluationError?: string };
    };
    const reason = [status?.reason, status?.evaluationError].filter(Boolean).join("; ");
    return { permission, verb, allowed: status?.allowed === true, reason };
  } catch (error) {
    return { permission, verb, allowed: undefined, reason: answered(error).message };
  }
}

/** `leases.coordination.k8s.io`, as kubectl writes it. */
function nameOf({ apiGroup, resource }: Permission): string {
  return apiGroup === "" ? resource : `${resource}.${apiGroup}`;
}

function ruleText({ apiGroup, resource }: Permission, verb: string): string {
  return `{apiGroups: ["${apiGroup}"], resources: [${resource}], verbs: [${verb}]}`;
}
