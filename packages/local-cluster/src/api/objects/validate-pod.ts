import { equalJson, isJsonObject, type JsonObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import { parseQuantity, zero } from "../schema/quantity.ts";
import type { Causes } from "./causes.ts";
import { validatePort } from "./validate-kinds.ts";

/** The checks of a Pod spec that users meet in practice, worded as the API server words them. */
export function validatePod(causes: Causes, spec: JsonObject): void {
  const volumes = new Set<unknown>();
  listAt(spec, "volumes").forEach((volume, index) => {
    const name = isJsonObject(volume) ? volume["name"] : undefined;
    causes.label(`spec.volumes[${index}].name`, name);
    if (volumes.has(name)) causes.duplicate(`spec.volumes[${index}].name`, name);
    volumes.add(name);
  });
  const names = new Set<unknown>();
  const containers = listAt(spec, "containers");
  if (containers.length === 0) causes.required("spec.containers");
  for (const list of ["containers", "initContainers"]) {
    listAt(spec, list).forEach((container, index) => {
      if (!isJsonObject(container)) return;
      const field = `spec.${list}[${index}]`;
      if (names.has(container["name"])) causes.duplicate(`${field}.name`, container["name"]);
      names.add(container["name"]);
      validateContainer(causes, field, container, volumes);
    });
  }
  const policies = ["Always", "OnFailure", "Never"];
  if (!policies.includes(String(spec["restartPolicy"]))) {
    causes.notSupported("spec.restartPolicy", spec["restartPolicy"], policies);
  }
  const grace = spec["terminationGracePeriodSeconds"];
  if (typeof grace === "number" && grace < 0) {
    causes.invalid("spec.terminationGracePeriodSeconds", grace, "must be greater than or equal to 0");
  }
  const deadline = spec["activeDeadlineSeconds"];
  if (typeof deadline === "number" && (deadline < 1 || deadline > 2_147_483_647)) {
    causes.invalid("spec.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive");
  }
}

function validateContainer(causes: Causes, field: string, container: JsonObject, volumes: ReadonlySet<unknown>): void {
  causes.label(`${field}.name`, container["name"]);
  if (textAt(container, "image").trim() === "") causes.required(`${field}.image`);
  const pull = ["Always", "IfNotPresent", "Never"];
  if (!pull.includes(String(container["imagePullPolicy"]))) {
    causes.notSupported(`${field}.imagePullPolicy`, container["imagePullPolicy"], pull);
  }
  listAt(container, "ports").forEach((port, index) => {
    if (!isJsonObject(port)) return;
    const at = `${field}.ports[${index}]`;
    if (port["containerPort"] === undefined || port["containerPort"] === 0) causes.required(`${at}.containerPort`);
    else validatePort(causes, `${at}.containerPort`, port["containerPort"]);
  });
  listAt(container, "env").forEach((variable, index) => {
    const name = textAt(variable, "name");
    if (name === "") causes.required(`${field}.env[${index}].name`);
    else if (!/^[ -<>-~]+$/.test(name)) {
      const rule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
      causes.invalid(`${field}.env[${index}].name`, name, rule);
    }
  });
  const paths = new Set<string>();
  listAt(container, "volumeMounts").forEach((mount, index) => {
    const at = `${field}.volumeMounts[${index}]`;
    const name = textAt(mount, "name");
    const path = textAt(mount, "mountPath");
    if (name === "") causes.required(`${at}.name`);
    else if (!volumes.has(name)) causes.notFound(`${at}.name`, name);
    if (path === "") causes.required(`${at}.mountPath`);
    else if (paths.has(path)) causes.invalid(`${at}.mountPath`, path, "must be unique");
    paths.add(path);
  });
  validateResources(causes, `${field}.resources`, objectAt(container, "resources"));
}

function validateResources(causes: Causes, field: string, resources: JsonObject): void {
  const limits = objectAt(resources, "limits");
  for (const [name, value] of Object.entries(objectAt(resources, "requests"))) {
    const limit = limits[name];
    if (limit === undefined || nano(value) <= nano(limit)) continue;
    causes.invalid(
      `${field}.requests`,
      String(value),
      `must be less than or equal to ${name} limit of ${String(limit)}`,
    );
  }
}

function nano(value: unknown): bigint {
  return (parseQuantity(String(value)) ?? zero).nano;
}

/**
 * After creation only images, activeDeadlineSeconds, terminationGracePeriodSeconds (from negative), and additional
 * tolerations may change. Adds a cause when `next` changes more than that.
 */
export function validatePodUpdate(causes: Causes, next: JsonObject, stored: JsonObject): void {
  if (equalJson(comparable(next), comparable(stored))) return;
  const allowed =
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  causes.forbidden("spec", `pod updates may not change fields other than ${allowed}`);
}

function comparable(spec: JsonObject): JsonObject {
  const withoutImages = (list: unknown[]): unknown[] =>
    list.map((item) => (isJsonObject(item) ? { ...item, image: undefined, imagePullPolicy: undefined } : item));
  return {
    ...spec,
    containers: withoutImages(listAt(spec, "containers")),
    initContainers: withoutImages(listAt(spec, "initContainers")),
    ...{ activeDeadlineSeconds: undefined, tolerations: undefined },
  };
}
