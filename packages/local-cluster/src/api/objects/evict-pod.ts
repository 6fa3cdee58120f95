import { requestDeletion } from "../../store/deletion.ts";
import { isJsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import { objectSelector } from "../../store/object-selector.ts";
import { timestamp } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, type ApiResponse, isDryRun, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { readDeletionOptions } from "./deletion-options.ts";

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/**
 * POST on pods/x/eviction: a delete that the PodDisruptionBudgets of the Pod have to allow.
 *
 * @throws StatusError 400, 404, 409 for a precondition, 429 when a budget does not allow it, 500 when the Pod has several
 */
export async function evictPod(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { resource, namespace, name = "" } = request;
  if (textAt(body["metadata"], "name") !== name)
    throw StatusError.badRequest("name in URL does not match name in Eviction object");
  const options = readDeletionOptions(objectAt(body, "deleteOptions"));
  const pod = context.store.peek(resource.plural, namespace, name);
  if (pod === undefined) throw StatusError.notFound(resource, name);
  checkBudgets(context, pod);
  if (isDryRun(request) || options.dryRun) return { code: 201, body: success };
  const lastTransitionTime = timestamp(context.clock.now());
  const told = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
  const target = { type: "DisruptionTarget", status: "True", ...told, lastProbeTime: null, lastTransitionTime };
  context.store.modify(resource.plural, namespace, name, ({ status }) => {
    if (!isJsonObject(status)) return;
    const others = listAt(status, "conditions").filter((condition) => textAt(condition, "type") !== "DisruptionTarget");
    status["conditions"] = [...others, target];
  });
  requestDeletion(context.store, resource, { namespace, name }, options, context.clock.now());
  return { code: 201, body: success };
}

function checkBudgets({ store }: ApiContext, pod: KubeObject): void {
  const phase = textAt(pod["status"], "phase");
  // Nothing is lost with a Pod that does not run, or is on its way out.
  if (phase !== "Running" || pod.metadata.deletionTimestamp !== undefined) return;
  const [budget, another] = store
    .peekList("poddisruptionbudgets", pod.metadata.namespace)
    .filter((candidate) => objectSelector(objectAt(candidate, "spec")["selector"])(pod.metadata.labels ?? {}));
  if (budget === undefined) return;
  if (another !== undefined) {
    const why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new StatusError(500, "", why);
  }
  const { desiredHealthy, currentHealthy, disruptionsAllowed } = objectAt(budget, "status");
  if (Number(disruptionsAllowed) > 0 || mayGoUnhealthy(pod, budget)) return;
  const { name } = budget.metadata;
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const causes = [{ reason: "DisruptionBudget", message }];
  const why = "Cannot evict pod as it would violate the pod's disruption budget.";
  throw new StatusError(429, "TooManyRequests", why, { causes });
}

// A Pod that is not ready takes nothing from what is available: its budget's policy says whether that is enough.
function mayGoUnhealthy(pod: KubeObject, budget: KubeObject): boolean {
  const ready = listAt(pod["status"], "conditions").find((condition) => textAt(condition, "type") === "Ready");
  if (textAt(ready, "status") === "True") return false;
  if (objectAt(budget, "spec")["unhealthyPodEvictionPolicy"] === "AlwaysAllow") return true;
  const { desiredHealthy, currentHealthy } = objectAt(budget, "status");
  return Number(desiredHealthy) > 0 && Number(currentHealthy) >= Number(desiredHealthy);
}
