import type { PodSpec } from "../pod-types.ts";
import { parseQuantity } from "./quantity.ts";

/** The Pod's quality of service as Kubernetes derives it from requests and limits of cpu and memory. */
export function qosClass(spec: PodSpec): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources = {} } of containers) {
    for (const resource of ["cpu", "memory"]) {
      const limit = parseQuantity(resources.limits?.[resource]) ?? 0;
      const request = parseQuantity(resources.requests?.[resource]) ?? limit;
      if (limit > 0 || request > 0) any = true;
      if (limit === 0 || request !== limit) guaranteed = false;
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}
