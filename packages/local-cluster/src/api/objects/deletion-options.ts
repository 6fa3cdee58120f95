import type { DeletionOptions } from "../../store/deletion.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";

const policies = ["Background", "Foreground", "Orphan"] as const;

/** Reads `meta/v1 DeleteOptions`. @throws StatusError 400 for an unknown propagation policy */
export function readDeletionOptions(options: JsonObject): DeletionOptions & { readonly dryRun: boolean } {
  const policy = options["propagationPolicy"];
  const propagationPolicy = policies.find((choice) => choice === policy);
  if (typeof policy === "string" && propagationPolicy === undefined) {
    throw StatusError.badRequest(
      `invalid propagationPolicy ${JSON.stringify(policy)}: must be one of ${policies.join(", ")}`,
    );
  }
  const grace = options["gracePeriodSeconds"];
  const preconditions = objectAt(options, "preconditions");
  return {
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    propagationPolicy: options["orphanDependents"] === true ? "Orphan" : propagationPolicy,
    preconditions: {
      uid: textAt(preconditions, "uid") || undefined,
      resourceVersion: textAt(preconditions, "resourceVersion") || undefined,
    },
    dryRun: listAt(options, "dryRun").includes("All"),
  };
}
