import type { RequestContext } from "@fc/aws";
import { invalidParameter, notFound } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { DestinationConfig, FunctionEventInvokeConfig } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import { type FunctionName, parseFunctionName } from "../names/function-name.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { EventInvokeRecord } from "../state/records.ts";
import { checkDestinations } from "./destination-config.ts";

interface Change {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
  readonly DestinationConfig?: DestinationConfig | undefined;
}

export function putFunctionEventInvokeConfig(parts: LambdaParts): LambdaHandler<"PutFunctionEventInvokeConfig"> {
  return async (input, context) => {
    const name = existing(parts, input, context);
    checkNotEmpty(input);
    await checkDestinations(parts, name, input.DestinationConfig, context.signal);
    return write(parts, existing(parts, input, context), undefined, input);
  };
}

export function updateFunctionEventInvokeConfig(parts: LambdaParts): LambdaHandler<"UpdateFunctionEventInvokeConfig"> {
  return async (input, context) => {
    const name = existing(parts, input, context);
    checkNotEmpty(input);
    await checkDestinations(parts, name, input.DestinationConfig, context.signal);
    return write(parts, name, configured(parts, name), input);
  };
}

export function getFunctionEventInvokeConfig(parts: LambdaParts): LambdaHandler<"GetFunctionEventInvokeConfig"> {
  return (input, context) => {
    const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
    return output(qualified(name), configured(parts, name));
  };
}

export function deleteFunctionEventInvokeConfig(parts: LambdaParts): LambdaHandler<"DeleteFunctionEventInvokeConfig"> {
  return (input, context) => {
    const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
    configured(parts, name);
    parts.records.eventInvoke.delete(keyOfConfig(name));
  };
}

export function listFunctionEventInvokeConfigs(parts: LambdaParts): LambdaHandler<"ListFunctionEventInvokeConfigs"> {
  return (input, context) => {
    const name = existing(parts, { FunctionName: input.FunctionName }, context);
    const configs = parts.records.eventInvoke.list(prefixOf(name, name.name)).map(({ key, value }) => {
      const qualifier = decodeURIComponent(key.slice(key.lastIndexOf("/") + 1)).replace(/^0+(?=\d+$)/, "");
      return { key, value: output(functionArn(name, name.name, qualifier), value) };
    });
    const page = pageOf(configs, input.Marker, input.MaxItems);
    return {
      FunctionEventInvokeConfigs: page.items,
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

function existing(parts: LambdaParts, input: Change, context: RequestContext): FunctionName {
  const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
  const key = keyOf(name, name.name, name.qualifier ?? "$LATEST");
  if ((parts.records.versions.get(key) ?? parts.records.aliases.get(key)) === undefined)
    throw notFound("The function doesn't exist.");
  return name;
}

function checkNotEmpty(input: Change): void {
  if (
    input.MaximumRetryAttempts === undefined &&
    input.MaximumEventAgeInSeconds === undefined &&
    input.DestinationConfig === undefined
  )
    throw invalidParameter("You must specify at least one of error handling or destination setting.");
}

function configured(parts: LambdaParts, name: FunctionName): EventInvokeRecord {
  const record = parts.records.eventInvoke.get(keyOfConfig(name));
  if (record === undefined) throw notFound(`The function ${qualified(name)} doesn't have an EventInvokeConfig`);
  return record;
}

function write(
  parts: LambdaParts,
  name: FunctionName,
  before: EventInvokeRecord | undefined,
  input: Change,
): FunctionEventInvokeConfig {
  const maximumRetryAttempts = input.MaximumRetryAttempts ?? before?.maximumRetryAttempts;
  const maximumEventAgeSeconds = input.MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds;
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  // An empty ARN takes the destination away.
  const onSuccessArn = OnSuccess?.Destination ?? before?.onSuccessArn;
  const onFailureArn = OnFailure?.Destination ?? before?.onFailureArn;
  const record: EventInvokeRecord = {
    ...(maximumRetryAttempts === undefined ? {} : { maximumRetryAttempts }),
    ...(maximumEventAgeSeconds === undefined ? {} : { maximumEventAgeSeconds }),
    ...(onSuccessArn === undefined || onSuccessArn === "" ? {} : { onSuccessArn }),
    ...(onFailureArn === undefined || onFailureArn === "" ? {} : { onFailureArn }),
    modifiedAt: parts.clock.now(),
  };
  parts.records.eventInvoke.set(keyOfConfig(name), record);
  return output(qualified(name), record);
}

function output(arn: string, record: EventInvokeRecord): FunctionEventInvokeConfig {
  return {
    FunctionArn: arn,
    LastModified: new Date(record.modifiedAt),
    ...(record.maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: record.maximumRetryAttempts }),
    ...(record.maximumEventAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: record.maximumEventAgeSeconds }),
    DestinationConfig: {
      OnSuccess: record.onSuccessArn === undefined ? {} : { Destination: record.onSuccessArn },
      OnFailure: record.onFailureArn === undefined ? {} : { Destination: record.onFailureArn },
    },
  };
}

function keyOfConfig(name: FunctionName): string {
  return keyOf(name, name.name, name.qualifier ?? "$LATEST");
}

function qualified(name: FunctionName): string {
  return functionArn(name, name.name, name.qualifier ?? "$LATEST");
}
