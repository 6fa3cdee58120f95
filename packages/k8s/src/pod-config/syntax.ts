/**
 * The syntax rules of Kubernetes' API server (apimachinery `validation`), so that a bad value is found where it was written
 * and not at the first Pod. Each function gives what is wrong, or undefined.
 */
const namePattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A label or annotation key: `[prefix/]name`. */
export function keyProblem(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > 2) return `"${key}" is not a key: at most one "/" may stand in it`;
  if (parts.length === 2 && !isDnsSubdomain(parts[0] ?? ""))
    return `"${key}" is not a key: the part before "/" must be a lower-case DNS name`;
  if (name.length > 63 || !namePattern.test(name))
    return `"${key}" is not a key: the name must be 1 to 63 letters, digits, "-", "_" or ".", and begin and end with a letter or digit`;
  return undefined;
}

/** A label value: at most 63 characters, may be empty. */
export function labelValueProblem(value: string): string | undefined {
  if (value === "" || (value.length <= 63 && namePattern.test(value))) return undefined;
  return `"${value}" is not a label value: at most 63 letters, digits, "-", "_" or ".", beginning and ending with a letter or digit`;
}

/** RFC 1123 subdomain: names of Secrets, Pods and most objects. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && subdomainPattern.test(text);
}

/** RFC 1123 label: names of namespaces. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && labelPattern.test(text);
}
