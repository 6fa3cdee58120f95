import type { V1Pod } from "@kubernetes/client-node";
import type { ClusterOptions } from "../client/connect-options.ts";
import { type OpenCluster, openCluster } from "../client/open-cluster.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { AccessLine, AccessReport } from "./access-report.ts";
import type { CheckContext } from "./check-context.ts";
import { checkIdentity } from "./check-identity.ts";
import { checkNamespace } from "./check-namespace.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkPods } from "./check-pods.ts";
import { checkQuotas } from "./check-quotas.ts";
import { checkVersion } from "./check-version.ts";

/** Where to look, and what is to run there. */
export interface CheckAccessOptions extends ClusterOptions {
  /** Pods as they will be created: whether the namespace would take them is asked by a dry run. Default: none. */
  readonly pods?: readonly V1Pod[];
}

/**
 * Looks, without changing anything, whether a client could work: connection, version, namespace, every permission, Pod
 * Security, quota. Needs no permission itself; what it may not find out is a warning. What is wrong is a line of the report,
 * never a rejection.
 * @throws SettingsError `FC_CONFIG_INVALID`; the signal's reason when it aborts
 */
export async function checkAccess(options: CheckAccessOptions = {}): Promise<AccessReport> {
  let cluster: OpenCluster | undefined;
  try {
    cluster = await openCluster(options);
    return await reportOf(cluster, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!KubernetesError.is(error)) throw error;
    return unconnected(error, cluster?.server ?? "", cluster?.namespace ?? options.namespace ?? "default");
  } finally {
    cluster?.transport.close();
  }
}

async function reportOf(cluster: OpenCluster, options: CheckAccessOptions): Promise<AccessReport> {
  const { server, namespace, inCluster } = cluster;
  const context: CheckContext = { transport: cluster.transport, namespace, inCluster, signal: options.signal };
  const [version, { identity, line: whoLine }] = await Promise.all([checkVersion(context), checkIdentity(context)]);
  const place = await checkNamespace(context);
  const pods = options.pods ?? [];
  const amount = (quantity: string): number => Number(cluster.node.quantityToScalar(quantity));
  const lines: AccessLine[] = [
    version.line,
    whoLine,
    place.line,
    ...(await checkPermissions(context, { identity, minor: version.minor })),
    ...(place.exists ? await checkPods(context, pods) : []),
    ...(place.exists ? await checkQuotas(context, pods, amount) : []),
  ];
  return { server, namespace, identity, inCluster, ok: lines.every(({ state }) => state !== "problem"), lines };
}

/** The permissions alone that are missing, for the error of a client that could not be made. */
export async function missingPermissions(cluster: OpenCluster, signal?: AbortSignal): Promise<AccessLine[]> {
  const { transport, namespace, inCluster } = cluster;
  const context: CheckContext = { transport, namespace, inCluster, signal };
  const [{ minor }, { identity }] = await Promise.all([checkVersion(context), checkIdentity(context)]);
  const lines = await checkPermissions(context, { identity, minor });
  return lines.filter(({ state }) => state === "problem");
}

function unconnected(error: KubernetesError, server: string, namespace: string): AccessReport {
  const refused = error.httpStatus === 401;
  const line: AccessLine = {
    code: "FC_K8S_ACCESS_CONNECTION",
    state: "problem",
    subject: "connection",
    message: error.message,
    fix: refused
      ? "renew the credentials: kubectl auth whoami tells whether they are valid"
      : "kubectl cluster-info tells whether the cluster can be reached from here",
  };
  return { server, namespace, identity: undefined, inCluster: false, ok: false, lines: [line] };
}
