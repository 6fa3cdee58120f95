import type { LambdaParts } from "../parts.ts";
import { configurationOutput } from "./configuration-output.ts";
import { findVersion } from "./find-function.ts";
import type { LambdaHandler } from "./function-handlers.ts";

export function getFunction(parts: LambdaParts): LambdaHandler<"GetFunction"> {
  return (input, context) => {
    const { name, record, version } = findVersion(parts.records, input.FunctionName, context, input.Qualifier);
    return {
      Configuration: configurationOutput(version, name.qualifier),
      Code: {
        RepositoryType: "S3",
        Location: parts.downloads.location(context.endpoint, version.config.code),
      },
      ...(Object.keys(record.tags).length === 0 ? {} : { Tags: record.tags }),
      ...(record.reservedConcurrency === undefined
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: record.reservedConcurrency } }),
    };
  };
}

export function getFunctionConfiguration(parts: LambdaParts): LambdaHandler<"GetFunctionConfiguration"> {
  return (input, context) => {
    const { name, version } = findVersion(parts.records, input.FunctionName, context, input.Qualifier);
    return configurationOutput(version, name.qualifier);
  };
}
