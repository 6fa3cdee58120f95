import { conflict, notFound, revisionMismatch } from "../aws-errors.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { AliasConfiguration } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import type { FunctionName } from "../names/function-name.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { checkProvisionedAlias } from "../provisioned/provisioned-checks.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { AliasRecord } from "../state/records.ts";
import { checkTarget } from "./alias-routing.ts";

export function createAlias(parts: LambdaParts): LambdaHandler<"CreateAlias"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const weights = checkTarget(parts.records, name, input.FunctionVersion, input.RoutingConfig);
    const key = keyOf(name, name.name, input.Name);
    if (parts.records.aliases.get(key) !== undefined)
      throw conflict(`Alias already exists: ${functionArn(name, name.name, input.Name)}`);
    const record: AliasRecord = {
      account: name.account,
      region: name.region,
      functionName: name.name,
      name: input.Name,
      functionVersion: input.FunctionVersion,
      description: input.Description ?? "",
      ...(weights === undefined ? {} : { weights }),
      revisionId: parts.newId(),
    };
    parts.records.aliases.set(key, record);
    return aliasOutput(record);
  };
}

export function getAlias(parts: LambdaParts): LambdaHandler<"GetAlias"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    return aliasOutput(existing(parts, name, input.Name));
  };
}

export function updateAlias(parts: LambdaParts): LambdaHandler<"UpdateAlias"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const { weights: before, ...rest } = existing(parts, name, input.Name);
    if (input.RevisionId !== undefined && input.RevisionId !== rest.revisionId) throw revisionMismatch();
    const functionVersion = input.FunctionVersion ?? rest.functionVersion;
    const routing = input.RoutingConfig ?? (before === undefined ? undefined : { AdditionalVersionWeights: before });
    const weights = checkTarget(parts.records, name, functionVersion, routing);
    checkProvisionedAlias(parts.records, name, rest.name, functionVersion);
    const record: AliasRecord = {
      ...rest,
      functionVersion,
      description: input.Description ?? rest.description,
      ...(weights === undefined ? {} : { weights }),
      revisionId: parts.newId(),
    };
    parts.records.aliases.set(keyOf(name, name.name, input.Name), record);
    parts.environments.reconcile();
    return aliasOutput(record);
  };
}

export function deleteAlias(parts: LambdaParts): LambdaHandler<"DeleteAlias"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const key = keyOf(name, name.name, input.Name);
    parts.records.transaction(() => {
      parts.records.aliases.delete(key);
      parts.records.policies.delete(key);
      parts.records.eventInvoke.delete(key);
      parts.records.urls.delete(key);
      parts.records.provisioned.delete(key);
    });
    parts.environments.reconcile();
  };
}

export function listAliases(parts: LambdaParts): LambdaHandler<"ListAliases"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const aliases = parts.records.aliases
      .list(prefixOf(name, name.name))
      .filter(({ value }) => covers(value, input.FunctionVersion));
    const page = pageOf(aliases, input.Marker, input.MaxItems);
    return {
      Aliases: page.items.map(aliasOutput),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

function covers(alias: AliasRecord, version: string | undefined): boolean {
  return version === undefined || alias.functionVersion === version || alias.weights?.[version] !== undefined;
}

function existing(parts: LambdaParts, name: FunctionName, alias: string): AliasRecord {
  const record = parts.records.aliases.get(keyOf(name, name.name, alias));
  if (record === undefined) throw notFound(`Cannot find alias arn: ${functionArn(name, name.name, alias)}`);
  return record;
}

function aliasOutput(record: AliasRecord): AliasConfiguration {
  return {
    AliasArn: functionArn(record, record.functionName, record.name),
    Name: record.name,
    FunctionVersion: record.functionVersion,
    Description: record.description,
    ...(record.weights === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: record.weights } }),
    RevisionId: record.revisionId,
  };
}
