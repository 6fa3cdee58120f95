import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { labels, names } from "@fc/k8s";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { CacheState } from "../pod/build-cache-service.ts";
import { cacheAnnotations, cacheLabels, nodeLabel } from "../pod/cache-names.ts";
import type { CacheContext } from "./cache-context.ts";

/** What the cluster holds of a node. */
export interface FoundNode {
  readonly service: V1Service | undefined;
  /** All of them: a group has several. */
  readonly services: readonly V1Service[];
  readonly state: CacheState | undefined;
  /** The Pod that the Service selects. */
  readonly current: V1Pod | undefined;
  readonly pods: readonly V1Pod[];
}

/** Looks a node up by its key, among what this installation owns. */
export async function findNode(context: CacheContext, nodeKey: string): Promise<FoundNode> {
  const selector = nodeSelector(context, nodeKey);
  const [services, pods] = await Promise.all([
    context.client.listServices(selector),
    context.client.listPods(selector),
  ]);
  const service = services[0];
  const selected = service?.spec?.selector?.[cacheLabels.pod];
  return {
    service,
    services,
    state: service?.metadata?.annotations?.[cacheAnnotations.state] as CacheState | undefined,
    current: pods.find((pod) => pod.metadata?.name === selected),
    pods,
  };
}

/** Whether the node's Service leads to a Pod that runs. */
export async function isServing(context: CacheContext, nodeKey: string): Promise<boolean> {
  const { state, current } = await findNode(context, nodeKey);
  return state === "available" && current?.status?.phase === "Running" && lossOf(current) === undefined;
}

/** Selects everything of one node. */
export function nodeSelector(context: CacheContext, nodeKey: string): string {
  return `${installationSelector(context)},${cacheLabels.node}=${nodeLabel(nodeKey)}`;
}

/** Selects all caches of this installation. */
export function installationSelector(context: Pick<CacheContext, "installation">): string {
  return `${labels.service}=elasticache,${labels.installation}=${context.installation}`;
}

/** Selects everything of the user's resource. */
export function resourceSelector(context: CacheContext, { resourceId }: Pick<CacheNodeSpec, "resourceId">): string {
  return `${installationSelector(context)},${cacheLabels.cache}=${names.labelSafe(resourceId)}`;
}

/** The Services of the user's resource: of this node, and of the others when it has several endpoints. */
export function resourceServices(
  context: CacheContext,
  resource: Pick<CacheNodeSpec, "resourceId">,
  signal: AbortSignal,
): Promise<V1Service[]> {
  return context.client.listServices(resourceSelector(context, resource), { signal });
}

/** The specification that an object carries, or undefined when it carries none that can be read. */
export function specOf(object: V1Pod | V1Service): CacheNodeSpec | undefined {
  const text = object.metadata?.annotations?.[cacheAnnotations.spec];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as CacheNodeSpec;
  } catch {
    return undefined;
  }
}

/** Why the engine in this Pod is gone or about to go, in one sentence; undefined while it lives. */
export function lossOf(pod: V1Pod): string | undefined {
  const { name, deletionTimestamp } = pod.metadata ?? {};
  if (deletionTimestamp !== undefined) return `Pod ${name} is being deleted`;
  const phase = pod.status?.phase;
  if (phase !== "Failed" && phase !== "Succeeded") return undefined;
  const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
  const reason = pod.status?.reason ?? ended?.reason ?? phase;
  const exit = ended === undefined ? "" : `, exit code ${ended.exitCode}`;
  const said = pod.status?.message === undefined ? "" : `: ${pod.status.message}`;
  return `Pod ${name} has ended (${reason}${exit})${said}`;
}
