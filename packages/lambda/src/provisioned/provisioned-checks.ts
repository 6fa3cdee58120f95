import { AwsError } from "@fc/aws";
import { conflict, invalidParameter } from "../aws-errors.ts";
import { minimumUnreserved } from "../concurrency/concurrency-counter.ts";
import type { FunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, type LambdaRecords, prefixOf } from "../state/lambda-records.ts";
import type { AliasRecord, ProvisionedRecord } from "../state/records.ts";
import { provisionedVersion } from "./provisioned-records.ts";

/** Provisioned concurrency of all versions and aliases of a function, `except` not counted. */
export function provisionedOf(records: LambdaRecords, name: FunctionName, except?: string): number {
  return recordsOf(records, name, except).reduce((sum, { count }) => sum + count, 0);
}

/**
 * Checks what is to be provisioned.
 * @param alias what the qualifier names, if it is an alias
 * @throws AwsError in Lambda's words
 */
export function checkProvisioned(
  { records, concurrency }: Pick<LambdaParts, "records" | "concurrency">,
  name: FunctionName & { readonly qualifier: string },
  alias: AliasRecord | undefined,
  wanted: number,
): void {
  if (alias?.weights !== undefined)
    throw invalidParameter("Alias with weights can not be used with Provisioned Concurrency");
  if (alias?.functionVersion === "$LATEST") throw unpublished();
  if (alias === undefined) {
    const taken = recordsOf(records, name, name.qualifier).some(
      (other) => provisionedVersion(records, other) === name.qualifier,
    );
    if (taken) throw conflict("Version is pointed by a Provisioned Concurrency alias");
  } else checkVersionFree(records, name, alias.name, alias.functionVersion);
  const others = provisionedOf(records, name, name.qualifier);
  const reserved = records.functions.get(keyOf(name, name.name))?.reservedConcurrency;
  if (reserved === undefined) checkUnclaimed(concurrency.unclaimed(name, name.name) - others, wanted);
  else if (others + wanted > reserved)
    throw invalidParameter(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
}

/** Checks where an alias is to point, when it has provisioned concurrency. @throws AwsError */
export function checkProvisionedAlias(
  records: LambdaRecords,
  name: FunctionName,
  alias: string,
  functionVersion: string,
): void {
  if (records.provisioned.get(keyOf(name, name.name, alias)) === undefined) return;
  if (functionVersion === "$LATEST") throw invalidParameter("Invalid alias configuration for Provisioned Concurrency");
  checkVersionFree(records, name, alias, functionVersion);
}

export function unpublished(): AwsError {
  return invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
}

/** A version is provisioned at most once, by itself or through one alias. */
function checkVersionFree(records: LambdaRecords, name: FunctionName, alias: string, version: string): void {
  if (recordsOf(records, name, alias).some((other) => provisionedVersion(records, other) === version))
    throw conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
}

/** Recorded from AWS without a `Type`. */
function checkUnclaimed(unclaimed: number, wanted: number): void {
  if (wanted > unclaimed)
    throw new AwsError(
      "InvalidParameterValueException",
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unclaimed}].`,
    );
  if (unclaimed - wanted < minimumUnreserved)
    throw new AwsError(
      "InvalidParameterValueException",
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimumUnreserved}].`,
    );
}

function recordsOf(records: LambdaRecords, name: FunctionName, except?: string): ProvisionedRecord[] {
  const all = records.provisioned.list(prefixOf(name, name.name)).map(({ value }) => value);
  return all.filter(({ qualifier }) => qualifier !== except);
}
