import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from "./aliases/alias-operations.ts";
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from "./async/event-invoke-operations.ts";
import type { EventQueue } from "./async/event-queue.ts";
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunctionConcurrency,
  putFunctionConcurrency,
} from "./concurrency/concurrency-operations.ts";
import { createFunction } from "./functions/create-function.ts";
import { deleteFunction } from "./functions/delete-function.ts";
import type { LambdaHandlers } from "./functions/function-handlers.ts";
import { getFunction, getFunctionConfiguration } from "./functions/get-function.ts";
import { listFunctions } from "./functions/list-functions.ts";
import { updateFunctionCode } from "./functions/update-function-code.ts";
import { updateFunctionConfiguration } from "./functions/update-function-configuration.ts";
import { invoke } from "./invocation/invoke.ts";
import { invokeAsync } from "./invocation/invoke-async.ts";
import { invokeWithResponseStream } from "./invocation/invoke-with-response-stream.ts";
import {
  deleteLayerVersion,
  getLayerVersion,
  getLayerVersionByArn,
  publishLayerVersion,
} from "./layers/layer-operations.ts";
import { listLayers, listLayerVersions } from "./layers/list-layers.ts";
import {
  createEventSourceMapping,
  deleteEventSourceMapping,
  getEventSourceMapping,
  listEventSourceMappings,
  updateEventSourceMapping,
} from "./mappings/mapping-operations.ts";
import type { MappingWorkers } from "./mappings/mapping-workers.ts";
import type { LambdaParts } from "./parts.ts";
import { addPermission, getPolicy, removePermission } from "./policies/policy-operations.ts";
import {
  deleteProvisionedConcurrencyConfig,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
  putProvisionedConcurrencyConfig,
} from "./provisioned/provisioned-operations.ts";
import { listTags, tagResource, untagResource } from "./tags/tag-operations.ts";
import {
  createFunctionUrlConfig,
  deleteFunctionUrlConfig,
  getFunctionUrlConfig,
  listFunctionUrlConfigs,
  updateFunctionUrlConfig,
} from "./urls/url-operations.ts";
import { listVersionsByFunction } from "./versions/list-versions.ts";
import { publishVersion } from "./versions/publish-version.ts";

/** Every operation that is implemented. */
export function handlersOf(parts: LambdaParts, events: EventQueue, mappings: MappingWorkers): LambdaHandlers {
  return {
    AddPermission: addPermission(parts),
    CreateAlias: createAlias(parts),
    CreateEventSourceMapping: createEventSourceMapping(parts, mappings),
    CreateFunction: createFunction(parts),
    CreateFunctionUrlConfig: createFunctionUrlConfig(parts),
    DeleteAlias: deleteAlias(parts),
    DeleteEventSourceMapping: deleteEventSourceMapping(parts, mappings),
    DeleteFunction: deleteFunction(parts),
    DeleteFunctionConcurrency: deleteFunctionConcurrency(parts),
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig(parts),
    DeleteFunctionUrlConfig: deleteFunctionUrlConfig(parts),
    DeleteLayerVersion: deleteLayerVersion(parts),
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig(parts),
    GetAccountSettings: getAccountSettings(parts),
    GetAlias: getAlias(parts),
    GetEventSourceMapping: getEventSourceMapping(parts),
    GetFunction: getFunction(parts),
    GetFunctionConcurrency: getFunctionConcurrency(parts),
    GetFunctionConfiguration: getFunctionConfiguration(parts),
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig(parts),
    GetFunctionUrlConfig: getFunctionUrlConfig(parts),
    GetLayerVersion: getLayerVersion(parts),
    GetLayerVersionByArn: getLayerVersionByArn(parts),
    GetPolicy: getPolicy(parts),
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig(parts),
    Invoke: invoke(parts, events),
    InvokeAsync: invokeAsync(parts, events),
    InvokeWithResponseStream: invokeWithResponseStream(parts),
    ListAliases: listAliases(parts),
    ListEventSourceMappings: listEventSourceMappings(parts),
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs(parts),
    ListFunctions: listFunctions(parts),
    ListFunctionUrlConfigs: listFunctionUrlConfigs(parts),
    ListLayers: listLayers(parts),
    ListLayerVersions: listLayerVersions(parts),
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs(parts),
    ListTags: listTags(parts),
    ListVersionsByFunction: listVersionsByFunction(parts),
    PublishLayerVersion: publishLayerVersion(parts),
    PublishVersion: publishVersion(parts),
    PutFunctionConcurrency: putFunctionConcurrency(parts),
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig(parts),
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig(parts),
    RemovePermission: removePermission(parts),
    TagResource: tagResource(parts),
    UntagResource: untagResource(parts),
    UpdateAlias: updateAlias(parts),
    UpdateEventSourceMapping: updateEventSourceMapping(parts, mappings),
    UpdateFunctionCode: updateFunctionCode(parts),
    UpdateFunctionConfiguration: updateFunctionConfiguration(parts),
    UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig(parts),
    UpdateFunctionUrlConfig: updateFunctionUrlConfig(parts),
  };
}
