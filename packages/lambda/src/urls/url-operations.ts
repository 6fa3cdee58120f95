import type { RequestContext } from "@fc/aws";
import { conflict, notFound } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { Cors, FunctionUrlConfig } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import { type FunctionName, parseFunctionName } from "../names/function-name.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { CorsRecord, UrlRecord } from "../state/url-record.ts";
import { functionUrlOf, urlIdOf } from "./url-address.ts";

export function createFunctionUrlConfig(parts: LambdaParts): LambdaHandler<"CreateFunctionUrlConfig"> {
  return (input, context) => {
    const name = existing(parts, input, context);
    const { account, region, name: functionName, qualifier } = name;
    if (parts.records.urls.get(keyOfUrl(name)) !== undefined)
      throw conflict(
        `Failed to create function url config for [functionArn = ${functionArn(name, functionName, qualifier)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    const now = parts.clock.now();
    const record: UrlRecord = {
      account,
      region,
      functionName,
      ...(qualifier === undefined ? {} : { qualifier }),
      urlId: urlIdOf(name, functionName, qualifier),
      authType: input.AuthType,
      invokeMode: input.InvokeMode ?? "BUFFERED",
      ...corsOf(input.Cors),
      createdAt: now,
      modifiedAt: now,
    };
    parts.records.urls.set(keyOfUrl(name), record);
    const { LastModifiedTime: _, ...output } = configOutput(record, context);
    return output;
  };
}

export function getFunctionUrlConfig(parts: LambdaParts): LambdaHandler<"GetFunctionUrlConfig"> {
  return (input, context) =>
    configOutput(configured(parts, parseFunctionName(input.FunctionName, context, input.Qualifier)), context);
}

export function updateFunctionUrlConfig(parts: LambdaParts): LambdaHandler<"UpdateFunctionUrlConfig"> {
  return (input, context) => {
    const name = existing(parts, input, context);
    const { cors: before, ...rest } = configured(parts, name);
    const record: UrlRecord = {
      ...rest,
      authType: input.AuthType ?? rest.authType,
      invokeMode: input.InvokeMode ?? rest.invokeMode,
      // Given, it replaces what was there; an empty one takes it away.
      ...(input.Cors === undefined ? (before === undefined ? {} : { cors: before }) : corsOf(input.Cors)),
      modifiedAt: parts.clock.now(),
    };
    parts.records.urls.set(keyOfUrl(name), record);
    return configOutput(record, context);
  };
}

export function deleteFunctionUrlConfig(parts: LambdaParts): LambdaHandler<"DeleteFunctionUrlConfig"> {
  return (input, context) => {
    const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
    configured(parts, name);
    parts.records.urls.delete(keyOfUrl(name));
  };
}

export function listFunctionUrlConfigs(parts: LambdaParts): LambdaHandler<"ListFunctionUrlConfigs"> {
  return (input, context) => {
    const name = existing(parts, { FunctionName: input.FunctionName }, context);
    const page = pageOf(parts.records.urls.list(prefixOf(name, name.name)), input.Marker, input.MaxItems);
    return {
      FunctionUrlConfigs: page.items.map((record) => configOutput(record, context)),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

/** A function, or one of its aliases, that is there. */
function existing(parts: LambdaParts, input: Named, context: RequestContext): FunctionName {
  const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
  const { functions, aliases } = parts.records;
  const found =
    name.qualifier === undefined
      ? functions.get(keyOf(name, name.name))
      : aliases.get(keyOf(name, name.name, name.qualifier));
  if (found === undefined) throw notFound("Function does not exist");
  return name;
}

function configured(parts: LambdaParts, name: FunctionName): UrlRecord {
  const record = parts.records.urls.get(keyOfUrl(name));
  if (record === undefined) throw notFound("The resource you requested does not exist.");
  return record;
}

function keyOfUrl(name: FunctionName): string {
  return keyOf(name, name.name, name.qualifier ?? "$LATEST");
}

function configOutput(record: UrlRecord, context: RequestContext): FunctionUrlConfig {
  return {
    FunctionUrl: functionUrlOf(record, context.endpoint),
    FunctionArn: functionArn(record, record.functionName, record.qualifier),
    AuthType: record.authType,
    ...(record.cors === undefined ? {} : { Cors: corsOutput(record.cors) }),
    CreationTime: new Date(record.createdAt).toISOString(),
    LastModifiedTime: new Date(record.modifiedAt).toISOString(),
    InvokeMode: record.invokeMode,
  };
}

function corsOf(cors: Cors | undefined): { readonly cors?: CorsRecord } {
  if (cors === undefined || Object.keys(cors).length === 0) return {};
  return {
    cors: {
      ...(cors.AllowCredentials === undefined ? {} : { allowCredentials: cors.AllowCredentials }),
      ...(cors.AllowHeaders === undefined ? {} : { allowHeaders: cors.AllowHeaders }),
      ...(cors.AllowMethods === undefined ? {} : { allowMethods: cors.AllowMethods }),
      ...(cors.AllowOrigins === undefined ? {} : { allowOrigins: cors.AllowOrigins }),
      ...(cors.ExposeHeaders === undefined ? {} : { exposeHeaders: cors.ExposeHeaders }),
      ...(cors.MaxAge === undefined ? {} : { maxAgeSeconds: cors.MaxAge }),
    },
  };
}

function corsOutput(cors: CorsRecord): Cors {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders,
    AllowMethods: cors.allowMethods,
    AllowOrigins: cors.allowOrigins,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAgeSeconds,
  };
}
