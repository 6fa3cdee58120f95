import { isJsonObject, type KubeObject, objectAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext } from "../http/api-request.ts";
import type { Resource } from "../resources.ts";

/**
 * Gives a Service its ClusterIP, for life: later changes keep it. Headless and external Services have none.
 *
 * @throws StatusError 422 when another Service has the address that was asked for, or an update changes it.
 */
export function applyServiceAddress(
  context: ApiContext,
  resource: Resource,
  service: KubeObject,
  before: KubeObject | undefined,
): void {
  const spec = service["spec"];
  if (resource.kind !== "Service" || !isJsonObject(spec) || spec["type"] === "ExternalName") return;
  const asked = textAt(spec, "clusterIP");
  const had = textAt(before?.["spec"], "clusterIP");
  if (had !== "" && asked !== "" && asked !== had) throw invalid(resource, service, [asked], "may not change once set");
  const taken = had === "" && asked !== "" && asked !== "None" && isTaken(context, asked);
  if (taken) throw invalid(resource, service, [asked], "failed to allocate IP: provided IP is already allocated");
  const address = had || asked || context.nextServiceAddress();
  spec["clusterIP"] = address;
  spec["clusterIPs"] = [address];
}

function isTaken(context: ApiContext, address: string): boolean {
  return context.store.peekList("services").some((other) => textAt(objectAt(other, "spec"), "clusterIP") === address);
}

function invalid(resource: Resource, service: KubeObject, value: readonly string[], why: string): StatusError {
  const cause = { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
  return StatusError.invalid(resource, service.metadata.name, [{ ...cause, field: "spec.clusterIPs[0]" }]);
}
