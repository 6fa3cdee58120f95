import { isJsonObject, type JsonObject, objectAt, textAt } from "../../store/kube-object.ts";
import { type ResourceName, StatusError } from "../../store/status-error.ts";
import { Causes } from "./causes.ts";
import { validateBudget, validateLease, validateSecret, validateService } from "./validate-kinds.ts";
import { validatePod } from "./validate-pod.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const serviceRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const keyRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** @throws StatusError 422 with one cause per problem. */
export function validateObject(resource: ResourceName, object: JsonObject): void {
  const causes = new Causes();
  validateMetadata(causes, resource, objectAt(object, "metadata"));
  if (resource.kind === "Pod") validatePod(causes, objectAt(object, "spec"));
  if (resource.kind === "Service") validateService(causes, objectAt(object, "spec"));
  if (resource.kind === "Secret" || resource.kind === "ConfigMap") validateSecret(causes, object);
  if (resource.kind === "PodDisruptionBudget") validateBudget(causes, objectAt(object, "spec"));
  if (resource.kind === "Lease") validateLease(causes, objectAt(object, "spec"));
  if (causes.list.length > 0) throw StatusError.invalid(resource, textAt(object["metadata"], "name"), causes.list);
}

function validateMetadata(causes: Causes, resource: ResourceName, metadata: JsonObject): void {
  const name = metadata["name"];
  const field = "metadata.name";
  if (typeof name !== "string" || name === "") causes.required(field, "name or generateName is required");
  else if (resource.kind === "Service") {
    if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) causes.invalid(field, name, serviceRule);
    else if (name.length > 63) causes.invalid(field, name, "must be no more than 63 characters");
  } else if (resource.kind === "Namespace") causes.label(field, name);
  else if (resource.group === "rbac.authorization.k8s.io") {
    // Roles are named like "system:node": any step of a path.
    if (/[/%]|^\.\.?$/.test(name)) causes.invalid(field, name, "may not be a path, nor contain '/' or '%'");
  } else if (!subdomain.test(name)) causes.invalid(field, name, subdomainRule);
  else if (name.length > 253) causes.invalid(field, name, "must be no more than 253 bytes");
  for (const [key, value] of Object.entries(objectAt(metadata, "labels"))) {
    validateKey(causes, "metadata.labels", key);
    const text = String(value);
    if (!labelValue.test(text)) causes.invalid("metadata.labels", text, labelValueRule);
    else if (text.length > 63) causes.invalid("metadata.labels", text, "must be no more than 63 bytes");
  }
  for (const key of Object.keys(objectAt(metadata, "annotations")))
    validateKey(causes, "metadata.annotations", key.toLowerCase());
  validateOwners(causes, metadata["ownerReferences"]);
}

function validateKey(causes: Causes, field: string, key: string): void {
  if (!qualifiedName.test(key)) causes.invalid(field, key, keyRule);
  else if ((key.split("/").at(-1) ?? "").length > 63)
    causes.invalid(field, key, "name part must be no more than 63 bytes");
}

function validateOwners(causes: Causes, owners: unknown): void {
  if (!Array.isArray(owners)) return;
  owners.forEach((owner, index) => {
    for (const member of ["apiVersion", "kind", "name", "uid"]) {
      if (isJsonObject(owner) && textAt(owner, member) !== "") continue;
      causes.invalid(`metadata.ownerReferences[${index}].${member}`, "", `${member} must not be empty`);
    }
  });
}
