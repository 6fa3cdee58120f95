import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where Kubernetes mounts what a Pod needs to be its service account. */
export const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The Pod's own namespace. Undefined without a mounted service account. */
export function mountedNamespace(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, "namespace"), "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
