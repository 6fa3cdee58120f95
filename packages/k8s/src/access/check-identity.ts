import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, postJson } from "./check-context.ts";

/** Who the API server takes us for. */
export async function checkIdentity(
  context: CheckContext,
): Promise<{ identity: string | undefined; line: AccessLine }> {
  const base = { code: "FC_K8S_ACCESS_IDENTITY", subject: "identity" } as const;
  try {
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const answer = await postJson(context, "/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
    const parsed = JSON.parse(answer.body.toString("utf8")) as { status?: { userInfo?: { username?: string } } };
    const identity = parsed.status?.userInfo?.username;
    return { identity, line: { ...base, state: "ok", message: `connected as ${identity ?? "an unnamed user"}` } };
  } catch (error) {
    const refusal = answered(error);
    const message = `connected, but the server does not say as whom: ${refusal.message}`;
    return { identity: undefined, line: { ...base, state: "warning", message } };
  }
}

/** The command that gives a Role to a user. */
export function bindCommand(identity: string | undefined, namespace: string): string {
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(identity ?? "") ?? [];
  const subject = account === undefined ? `--user=${identity ?? "USER"}` : `--serviceaccount=${account}`;
  return `kubectl -n ${namespace} create rolebinding fakecloud --role=fakecloud ${subject}`;
}
