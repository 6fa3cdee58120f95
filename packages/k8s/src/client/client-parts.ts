import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import type {
  CoordinationV1Api,
  CoreV1Api,
  CoreV1Event,
  V1ConfigMap,
  V1Lease,
  V1OwnerReference,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Secret,
  V1Service,
} from "@kubernetes/client-node";
import { subjectsText } from "../access/access-report.ts";
import { missingPermissions } from "../access/check-access.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { newInstanceId } from "../ownership/instance-id.ts";
import { InstanceLease } from "../ownership/instance-lease.ts";
import { type ClientNode, generatedApis } from "../transport/generated-apis.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { type OpenCluster, openCluster } from "./open-cluster.ts";
import { ResourceClient, resourceKinds } from "./resource-client.ts";

/** What a client is made of. */
export interface ClientParts {
  readonly namespace: string;
  readonly instanceId: string;
  readonly installationId: string | undefined;
  readonly inCluster: boolean;
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
  readonly transport: HttpTransport;
  readonly resources: ClientResources;
  readonly lease: InstanceLease;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly unschedulableGraceMs: number;
  readonly closeTimeoutMs: number;
}

export interface ClientResources {
  readonly pods: ResourceClient<V1Pod>;
  readonly secrets: ResourceClient<V1Secret>;
  readonly services: ResourceClient<V1Service>;
  readonly configMaps: ResourceClient<V1ConfigMap>;
  readonly volumeClaims: ResourceClient<V1PersistentVolumeClaim>;
  readonly events: ResourceClient<CoreV1Event>;
  readonly leases: ResourceClient<V1Lease>;
}

/** Finds the cluster and says there that this process lives. */
export async function connectParts(options: ConnectOptions): Promise<ClientParts> {
  const { environment = {}, clock = systemClock, logger = silentLogger, signal } = options;
  const cluster = await openCluster(options);
  const { node, transport, namespace, inCluster, settings } = cluster;
  try {
    const resources = resourcesOf(transport, node, namespace);
    const instanceId = options.instanceId ?? newInstanceId();
    await learnServerTime(transport, signal);
    const owner = await ownPod(resources.pods, environment, logger, signal);
    const serverTime = (): Date => transport.serverTime();
    const microTime = (at: Date): Date => new node.V1MicroTime(at);
    const lease = await InstanceLease.create(
      { leases: resources.leases, instanceId, owner, clock, serverTime, microTime, logger },
      signal,
    );
    // A kubeconfig has contexts: whoever reads the log sees which one was taken.
    logger.info({ server: cluster.server, namespace, instanceId }, "connected to Kubernetes");
    return {
      namespace,
      instanceId,
      installationId: options.installationId,
      inCluster,
      ...generatedApis(node, transport),
      transport,
      resources,
      lease,
      clock,
      logger,
      unschedulableGraceMs: settings.unschedulableGraceSeconds * 1_000,
      closeTimeoutMs: options.closeTimeoutMs ?? 20_000,
    };
  } catch (error) {
    const failure = await connectError(error, cluster, signal);
    transport.close();
    signal?.throwIfAborted();
    throw failure;
  }
}

function resourcesOf(transport: HttpTransport, node: ClientNode, namespace: string): ClientResources {
  return {
    pods: new ResourceClient<V1Pod>(transport, node, namespace, resourceKinds.pod),
    secrets: new ResourceClient<V1Secret>(transport, node, namespace, resourceKinds.secret),
    services: new ResourceClient<V1Service>(transport, node, namespace, resourceKinds.service),
    configMaps: new ResourceClient<V1ConfigMap>(transport, node, namespace, resourceKinds.configMap),
    volumeClaims: new ResourceClient<V1PersistentVolumeClaim>(transport, node, namespace, resourceKinds.volumeClaim),
    events: new ResourceClient<CoreV1Event>(transport, node, namespace, resourceKinds.event),
    leases: new ResourceClient<V1Lease>(transport, node, namespace, resourceKinds.lease),
  };
}

/** The first Lease is written by the server's clock too, so one answer must come before it. Any answer will do. */
async function learnServerTime(transport: HttpTransport, signal: AbortSignal | undefined): Promise<void> {
  try {
    await transport.send({ method: "GET", path: "/version", signal });
  } catch (error) {
    if (!KubernetesError.is(error) || error.httpStatus === undefined || error.httpStatus === 401) throw error;
  }
}

/** The server's own Pod, if it really is in this namespace: an owner elsewhere would get everything collected at once. */
async function ownPod(
  pods: ResourceClient<V1Pod>,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<V1OwnerReference | undefined> {
  const { POD_NAME: name = "", POD_UID: uid = "" } = environment;
  if (name === "" || uid === "") return undefined;
  const pod = await pods.get(name, { signal });
  if (pod?.metadata?.uid === uid) return { apiVersion: "v1", kind: "Pod", name, uid };
  logger.warn({ name, uid }, "POD_NAME and POD_UID name no Pod of the namespace: the instance's Lease has no owner");
  return undefined;
}

async function connectError(
  error: unknown,
  cluster: OpenCluster,
  signal: AbortSignal | undefined,
): Promise<KubernetesError> {
  const { server, namespace } = cluster;
  const known = KubernetesError.is(error) ? error : undefined;
  const hint =
    known?.isForbidden() === true
      ? await missingText(cluster, signal)
      : known?.isNotFound() === true
        ? `. Does the namespace exist? kubectl create namespace ${namespace}`
        : "";
  return new KubernetesError(
    `Kubernetes at ${server}, namespace ${namespace}: ${known?.message ?? errorText(error)}${hint}`,
    {
      code: "FC_K8S_CONNECT_FAILED",
      retryable: known?.retryable ?? false,
      ...(known?.httpStatus !== undefined && { httpStatus: known.httpStatus }),
      ...(known?.status !== undefined && { status: known.status }),
      cause: error,
    },
  );
}

/** What checkAccess would say of the permissions: all that are missing, not only the first that was needed. */
async function missingText(cluster: OpenCluster, signal: AbortSignal | undefined): Promise<string> {
  const lines = await missingPermissions(cluster, signal).catch(() => []);
  const missing = subjectsText(lines);
  const fix = lines[0]?.fix;
  return `${missing && `. Not granted: ${missing}`}${fix === undefined ? "" : `. To mend it: ${fix}`}. checkAccess() reports everything that is amiss`;
}
