import type { FunctionCodeLocation } from "../model.generated.ts";
import type { LambdaParts } from "../parts.ts";
import type { VersionRecord } from "../state/records.ts";
import { configurationOutput } from "./configuration-output.ts";
import { findVersion } from "./find-function.ts";
import type { LambdaHandler } from "./function-handlers.ts";
import { pinnedDigest, resolvedUri } from "./function-image.ts";

export function getFunction(parts: LambdaParts): LambdaHandler<"GetFunction"> {
  return (input, context) => {
    const { name, record, version } = findVersion(parts.records, input.FunctionName, context, input.Qualifier);
    return {
      Configuration: configurationOutput(version, name.qualifier),
      Code: codeLocation(parts, version, context.endpoint),
      ...(Object.keys(record.tags).length === 0 ? {} : { Tags: record.tags }),
      ...(record.reservedConcurrency === undefined
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: record.reservedConcurrency } }),
    };
  };
}

function codeLocation(parts: LambdaParts, version: VersionRecord, endpoint: string): FunctionCodeLocation {
  const { image, code } = version.config;
  if (image === undefined) return { RepositoryType: "S3", Location: parts.downloads.location(endpoint, code) };
  const digest = version.imageDigest ?? pinnedDigest(image.uri);
  return {
    RepositoryType: "ECR",
    ImageUri: image.uri,
    ...(digest === undefined ? {} : { ResolvedImageUri: resolvedUri(image.uri, digest) }),
  };
}

export function getFunctionConfiguration(parts: LambdaParts): LambdaHandler<"GetFunctionConfiguration"> {
  return (input, context) => {
    const { name, version } = findVersion(parts.records, input.FunctionName, context, input.Qualifier);
    return configurationOutput(version, name.qualifier);
  };
}
