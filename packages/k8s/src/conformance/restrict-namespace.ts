import { KubernetesError } from "../errors/kubernetes-error.ts";
import { until } from "./admin.ts";
import type { Bench } from "./bench.ts";

const labels = { "pod-security.kubernetes.io/enforce": "restricted" };

/** From now on the namespace takes only Pods that meet Pod Security "restricted". */
export async function restrictNamespace({ admin, namespace, box, signal }: Bench): Promise<void> {
  await admin.patchNamespace({ name: namespace, body: [{ op: "add", path: "/metadata/labels", value: labels }] });
  // An API server looks at its own copy of the namespace, which may be a moment old.
  const isRefused = async (): Promise<boolean> => {
    try {
      await admin.createNamespacedPod({ namespace, body: box("true"), dryRun: "All" });
      return false;
    } catch (error) {
      if (KubernetesError.is(error) && error.isForbidden()) return true;
      throw error;
    }
  };
  await until(isRefused, signal);
}
