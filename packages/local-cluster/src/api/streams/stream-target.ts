import type { Pod } from "../../node/pod-types.ts";
import { listAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";

const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

/** The Pod that the path names. @throws StatusError 404 */
export function podOf(context: ApiContext, request: ResourceRequest): Pod {
  const { resource, namespace, name = "" } = request;
  const pod = context.store.get<Pod>(resource.plural, namespace, name);
  if (pod === undefined) throw StatusError.notFound(resource, name);
  return pod;
}

/** The same, once it has a node: a stream to it goes there. @throws StatusError 400, 404 */
export function placedPodOf(context: ApiContext, request: ResourceRequest): Pod {
  const pod = podOf(context, request);
  if (!isPlaced(pod)) throw StatusError.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return pod;
}

export function isPlaced(pod: Pod): boolean {
  return (pod.spec.nodeName ?? "") !== "";
}

/** The container of the query, or the only one. @throws StatusError 400 when there is a choice, or no such container */
export function selectContainer(pod: Pod, asked: string | null): string {
  const names = (list: string): string[] => listAt(pod.spec, list).map((container) => textAt(container, "name"));
  const main = names("containers");
  const podName = pod.metadata.name;
  const wanted = asked || pod.metadata.annotations?.[defaultContainerAnnotation] || (main.length === 1 ? main[0] : "");
  if (wanted === undefined || wanted === "") {
    const inits = names("initContainers");
    const others = inits.length === 0 ? "" : ` or one of the init containers: [${inits.join(" ")}]`;
    const message = `a container name must be specified for pod ${podName}, choose one of: [${main.join(" ")}]${others}`;
    throw StatusError.badRequest(message);
  }
  if ([...main, ...names("initContainers")].includes(wanted)) return wanted;
  throw StatusError.badRequest(`container ${wanted} is not valid for pod ${podName}`);
}
