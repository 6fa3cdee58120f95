import { isJsonObject, type JsonObject, listAt, objectAt } from "../../store/kube-object.ts";
import type { Causes } from "./causes.ts";

/** A Service needs ports with distinct names, unless it is headless or external. */
export function validateService(causes: Causes, spec: JsonObject): void {
  const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
  if (!types.includes(String(spec["type"]))) causes.notSupported("spec.type", spec["type"], types);
  const ports = listAt(spec, "ports").filter(isJsonObject);
  if (ports.length === 0 && spec["clusterIP"] !== "None" && spec["type"] !== "ExternalName")
    causes.required("spec.ports");
  const names = new Set<unknown>();
  const pairs = new Set<string>();
  ports.forEach((port, index) => {
    const field = `spec.ports[${index}]`;
    if (ports.length > 1) causes.label(`${field}.name`, port["name"]);
    if (port["name"] !== undefined && names.has(port["name"])) causes.duplicate(`${field}.name`, port["name"]);
    names.add(port["name"]);
    validatePort(causes, `${field}.port`, port["port"]);
    if (typeof port["targetPort"] === "number") validatePort(causes, `${field}.targetPort`, port["targetPort"]);
    const pair = `${String(port["protocol"])} ${String(port["port"])}`;
    if (pairs.has(pair)) causes.duplicate(field, { port: port["port"], protocol: port["protocol"] });
    pairs.add(pair);
  });
}

/** Ports are 1 to 65535. */
export function validatePort(causes: Causes, field: string, port: unknown): void {
  const inRange = typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (!inRange) causes.invalid(field, port ?? 0, "must be between 1 and 65535, inclusive");
}

/** Keys of Secrets and ConfigMaps are file names; together their values may not exceed 1 MiB. */
export function validateSecret(causes: Causes, object: JsonObject): void {
  let size = 0;
  for (const part of ["data", "binaryData"]) {
    for (const [key, value] of Object.entries(objectAt(object, part))) {
      size += String(value).length;
      if (/^[-._a-zA-Z0-9]+$/.test(key) && key !== "." && key !== "..") continue;
      const rule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
      causes.invalid(`${part}[${key}]`, key, rule);
    }
  }
  const limit = object["kind"] === "Secret" ? (1_048_576 * 4) / 3 + 4 : 1_048_576;
  if (size > limit)
    causes.list.push({
      reason: "FieldValueTooLong",
      message: "Too long: may not be more than 1048576 bytes",
      field: "data",
    });
}

export function validateLease(causes: Causes, spec: JsonObject): void {
  const duration = spec["leaseDurationSeconds"];
  if (typeof duration === "number" && duration <= 0) {
    causes.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
  }
  const transitions = spec["leaseTransitions"];
  if (typeof transitions === "number" && transitions < 0) {
    causes.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0");
  }
}

/** A budget is a number of Pods that have to be there, or that may be missing: not both. */
export function validateBudget(causes: Causes, spec: JsonObject): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy = null } = spec;
  if (minAvailable === undefined || maxUnavailable === undefined) return;
  const shown = {
    ...{ MinAvailable: minAvailable, Selector: selector, MaxUnavailable: maxUnavailable },
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
  };
  causes.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
}
