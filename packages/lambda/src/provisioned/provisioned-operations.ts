import { AwsError, type RequestContext } from "@fc/aws";
import { FcError } from "@fc/core";
import { functionNotFound, invalidParameter, notFound } from "../aws-errors.ts";
import type { ProvisionedState } from "../environments/provisioned-targets.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import { failureText } from "../invocation/infrastructure-error.ts";
import type { GetProvisionedConcurrencyConfigResponse } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import { type FunctionName, namedArn } from "../names/function-name.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { AliasRecord, ProvisionedRecord } from "../state/records.ts";
import { checkProvisioned, unpublished } from "./provisioned-checks.ts";
import { provisionedVersion } from "./provisioned-records.ts";

type Parts = LambdaParts;

export function putProvisionedConcurrencyConfig(parts: Parts): LambdaHandler<"PutProvisionedConcurrencyConfig"> {
  return (input, context) => {
    const { name, alias } = qualified(parts, input, context, unpublished);
    checkProvisioned(parts, name, alias, input.ProvisionedConcurrentExecutions);
    const record: ProvisionedRecord = {
      account: name.account,
      region: name.region,
      functionName: name.name,
      qualifier: name.qualifier,
      count: input.ProvisionedConcurrentExecutions,
      revision: parts.newId(),
      modifiedAt: parts.clock.now(),
    };
    parts.records.provisioned.set(keyOf(name, name.name, name.qualifier), record);
    parts.environments.reconcile();
    const { StatusReason: _, ...output } = outputOf(parts, record);
    return { ...output, Status: "IN_PROGRESS" };
  };
}

export function getProvisionedConcurrencyConfig(parts: Parts): LambdaHandler<"GetProvisionedConcurrencyConfig"> {
  return (input, context) => {
    const { name } = qualified(parts, input, context, notPublished);
    const record = parts.records.provisioned.get(keyOf(name, name.name, name.qualifier));
    if (record === undefined)
      throw new AwsError(
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
        { members: { Type: "User" } },
      );
    return outputOf(parts, record);
  };
}

/** Deleting what is not there is well. */
export function deleteProvisionedConcurrencyConfig(parts: Parts): LambdaHandler<"DeleteProvisionedConcurrencyConfig"> {
  return (input, context) => {
    const { name } = qualified(parts, input, context, notPublished);
    parts.records.provisioned.delete(keyOf(name, name.name, name.qualifier));
    parts.environments.reconcile();
  };
}

export function listProvisionedConcurrencyConfigs(parts: Parts): LambdaHandler<"ListProvisionedConcurrencyConfigs"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const page = pageOf(parts.records.provisioned.list(prefixOf(name, name.name)), input.Marker, input.MaxItems);
    return {
      ProvisionedConcurrencyConfigs: page.items.map((record) => ({
        FunctionArn: functionArn(record, record.functionName, record.qualifier),
        ...outputOf(parts, record),
      })),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

function notPublished(): AwsError {
  return invalidParameter("The function resource provided must be an alias or a published version.");
}

/** The version or alias that a request names. @throws AwsError when it is not there; what `refuse` gives for `$LATEST` */
function qualified(
  parts: Parts,
  input: { readonly FunctionName: string; readonly Qualifier: string },
  context: RequestContext,
  refuse: () => AwsError,
): { readonly name: FunctionName & { readonly qualifier: string }; readonly alias?: AliasRecord | undefined } {
  if (input.Qualifier === "$LATEST") throw refuse();
  const { name } = findFunction(parts.records, input.FunctionName, context, input.Qualifier);
  const found = { ...name, qualifier: input.Qualifier };
  const key = keyOf(name, name.name, input.Qualifier);
  if (/^\d+$/.test(input.Qualifier)) {
    if (parts.records.versions.get(key) === undefined) throw functionNotFound(namedArn(found));
    return { name: found };
  }
  const alias = parts.records.aliases.get(key);
  if (alias === undefined) throw notFound(`Cannot find alias arn: ${namedArn(found)}`);
  return { name: found, alias };
}

function outputOf(parts: Parts, record: ProvisionedRecord): GetProvisionedConcurrencyConfigResponse {
  const key = keyOf(record, record.functionName, record.qualifier);
  const state = parts.environments.provisioned(key) ?? { allocated: 0, available: 0 };
  return {
    RequestedProvisionedConcurrentExecutions: record.count,
    AvailableProvisionedConcurrentExecutions: state.available,
    AllocatedProvisionedConcurrentExecutions: state.allocated,
    ...statusOf(parts, record, state),
    // `2019-11-21T19:32:12+0000`, as the examples of the AWS CLI have it.
    LastModified: `${new Date(record.modifiedAt).toISOString().slice(0, 19)}+0000`,
  };
}

function statusOf(
  { records }: Parts,
  record: ProvisionedRecord,
  { allocated, failure }: ProvisionedState,
): Pick<GetProvisionedConcurrencyConfigResponse, "Status" | "StatusReason"> {
  if (allocated >= record.count) return { Status: "READY" };
  const version = records.versions.get(keyOf(record, record.functionName, provisionedVersion(records, record)));
  if (version?.state === "Failed") return { Status: "FAILED", StatusReason: version.stateReason };
  if (failure === undefined) return { Status: "IN_PROGRESS" };
  const ofFunction = FcError.isInstance(failure, "FC_LAMBDA_INIT_FAILED");
  return { Status: "FAILED", StatusReason: ofFunction ? "FUNCTION_ERROR_INIT_FAILURE" : failureText(failure) };
}
