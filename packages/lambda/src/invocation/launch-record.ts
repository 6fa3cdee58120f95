import { FcError } from "@fc/core";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";
import { failureText } from "./infrastructure-error.ts";

/**
 * Keeps the reason of the last failed launch with the function (StateReason), until a launch goes well. The function stays
 * Active: its next invocation tries again.
 */
export function recordLaunch(records: LambdaRecords, spec: FunctionSpec, error: unknown): void {
  const key = keyOf(spec, spec.functionName, spec.version);
  const record = records.versions.get(key);
  if (record?.state !== "Active") return;
  const ours = error !== undefined && !FcError.isInstance(error, "FC_LAMBDA_STOPPED");
  if (!ours || FcError.isInstance(error, "FC_LAMBDA_INIT_FAILED")) {
    if (error !== undefined || record.stateReason === undefined) return;
    const { stateReason: _r, stateReasonCode: _c, ...rest } = record;
    records.versions.set(key, rest);
    return;
  }
  const unsupported = FcError.isInstance(error, "FC_LAMBDA_RUNTIME_UNSUPPORTED");
  records.versions.set(key, {
    ...record,
    stateReason: failureText(error),
    stateReasonCode: unsupported ? "InvalidRuntime" : "InternalError",
  });
}
