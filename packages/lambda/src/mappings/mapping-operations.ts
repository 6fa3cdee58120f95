import type { RequestContext } from "@fc/aws";
import { inUse, invalidParameter, notImplemented } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { FunctionName } from "../names/function-name.ts";
import { parseFunctionName } from "../names/function-name.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { MappingRecord, MappingState } from "../state/mapping-records.ts";
import { checkTagCount } from "../tags/tag-limits.ts";
import { existingMapping } from "./existing-mapping.ts";
import { checkFailureDestination, checkMappingSource, checkMappingTarget, checkNoDuplicate } from "./mapping-checks.ts";
import { mappingOutput } from "./mapping-output.ts";
import { changedMappingSettings, newMappingSettings } from "./mapping-settings.ts";
import type { MappingWorkers } from "./mapping-workers.ts";
import { sourceKind } from "./source-kind.ts";

export function createEventSourceMapping(
  parts: LambdaParts,
  workers: MappingWorkers,
): LambdaHandler<"CreateEventSourceMapping"> {
  return async (input, context) => {
    if (input.SelfManagedEventSource !== undefined)
      throw notImplemented("SelfManagedEventSource (self-managed Apache Kafka as an event source)");
    if (input.EventSourceArn === undefined) throw invalidParameter("Unrecognized event source.");
    const source = { arn: input.EventSourceArn, kind: sourceKind(input.EventSourceArn) };
    const settings = newMappingSettings(source, input);
    const tags = input.Tags ?? {};
    checkTagCount(tags);
    const name = checkMappingTarget(parts, input.FunctionName, context);
    checkNoDuplicate(parts, source, name);
    await checkMappingSource(workers, source, { parts, name, signal: context.signal });
    await checkFailureDestination(parts, settings, context);
    // Time has passed: another request may have made the same mapping, or deleted the function.
    checkMappingTarget(parts, input.FunctionName, context);
    checkNoDuplicate(parts, source, name);
    const record: MappingRecord = {
      account: name.account,
      region: name.region,
      id: parts.newId(),
      functionName: name.name,
      ...(name.qualifier === undefined ? {} : { qualifier: name.qualifier }),
      sourceArn: source.arn,
      kind: source.kind,
      enabled: input.Enabled ?? true,
      state: "Creating",
      ...(source.kind === "sqs" ? {} : { lastProcessingResult: "No records processed" }),
      settings,
      tags,
      createdAt: parts.clock.now(),
      modifiedAt: parts.clock.now(),
    };
    return change(parts, workers, record);
  };
}

export function updateEventSourceMapping(
  parts: LambdaParts,
  workers: MappingWorkers,
): LambdaHandler<"UpdateEventSourceMapping"> {
  return async ({ UUID, ...input }, context) => {
    const before = settled(parts, UUID, context, "update");
    const source = { arn: before.sourceArn, kind: before.kind };
    const settings = changedMappingSettings(source, before.settings, input);
    const name: FunctionName =
      input.FunctionName === undefined
        ? { ...homeOf(before), name: before.functionName, ...qualifierOf(before) }
        : checkMappingTarget(parts, input.FunctionName, context);
    const enabled = input.Enabled ?? before.enabled;
    // A mapping whose source is gone can still be disabled.
    if (enabled) await checkMappingSource(workers, source, { parts, name, signal: context.signal });
    if (input.DestinationConfig !== undefined) await checkFailureDestination(parts, settings, context);
    const { qualifier: _, ...kept } = settled(parts, UUID, context, "update");
    return change(parts, workers, {
      ...kept,
      functionName: name.name,
      ...qualifierOf(name),
      enabled,
      settings,
      state: enabled === before.enabled ? "Updating" : enabled ? "Enabling" : "Disabling",
      modifiedAt: parts.clock.now(),
    });
  };
}

export function deleteEventSourceMapping(
  parts: LambdaParts,
  workers: MappingWorkers,
): LambdaHandler<"DeleteEventSourceMapping"> {
  return ({ UUID }, context) => {
    const before = settled(parts, UUID, context, "delete");
    return change(parts, workers, { ...before, enabled: false, state: "Deleting", modifiedAt: parts.clock.now() });
  };
}

export function getEventSourceMapping(parts: LambdaParts): LambdaHandler<"GetEventSourceMapping"> {
  return ({ UUID }, context) => mappingOutput(existingMapping(parts, UUID, context));
}

export function listEventSourceMappings(parts: LambdaParts): LambdaHandler<"ListEventSourceMappings"> {
  return (input, context) => {
    const name = input.FunctionName === undefined ? undefined : parseFunctionName(input.FunctionName, context);
    const mappings = parts.records.mappings
      .list(prefixOf(context))
      .filter(({ value }) => input.EventSourceArn === undefined || value.sourceArn === input.EventSourceArn)
      .filter(({ value }) => name === undefined || isOf(value, name));
    const page = pageOf(mappings, input.Marker, input.MaxItems ?? 100);
    return {
      EventSourceMappings: page.items.map(mappingOutput),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

const atRest: readonly MappingState[] = ["Enabled", "Disabled"];

function settled(parts: LambdaParts, id: string, context: RequestContext, verb: "update" | "delete"): MappingRecord {
  const record = existingMapping(parts, id, context);
  if (!atRest.includes(record.state)) throw inUse(`Cannot ${verb} the event source mapping because it is in use.`);
  return record;
}

function change(parts: LambdaParts, workers: MappingWorkers, record: MappingRecord): ReturnType<typeof mappingOutput> {
  const key = keyOf(record, record.id);
  parts.records.mappings.set(key, record);
  workers.reconcile(key);
  return mappingOutput(record);
}

function isOf(mapping: MappingRecord, name: FunctionName): boolean {
  return mapping.functionName === name.name && mapping.qualifier === name.qualifier;
}

function homeOf({ account, region }: MappingRecord): { account: string; region: string } {
  return { account, region };
}

function qualifierOf({ qualifier }: { readonly qualifier?: string }): { qualifier?: string } {
  return qualifier === undefined ? {} : { qualifier };
}
