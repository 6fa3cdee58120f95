import { AwsError } from "@fc/aws";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { LambdaParts } from "../parts.ts";
import { provisionedOf } from "../provisioned/provisioned-checks.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import { minimumUnreserved } from "./concurrency-counter.ts";

export function putFunctionConcurrency(parts: LambdaParts): LambdaHandler<"PutFunctionConcurrency"> {
  return (input, context) => {
    const { name, record } = findFunction(parts.records, input.FunctionName, context);
    const wanted = input.ReservedConcurrentExecutions;
    const provisioned = provisionedOf(parts.records, name);
    if (wanted < provisioned)
      throw new AwsError(
        "InvalidParameterValueException",
        ` ReservedConcurrentExecutions  ${wanted} should not be lower than function's total provisioned concurrency [${provisioned}].`,
      );
    if (parts.concurrency.unclaimed(name, name.name) - wanted < minimumUnreserved)
      throw new AwsError(
        "InvalidParameterValueException",
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimumUnreserved}].`,
      );
    parts.records.functions.set(keyOf(name, name.name), { ...record, reservedConcurrency: wanted });
    return { ReservedConcurrentExecutions: wanted };
  };
}

export function getFunctionConcurrency(parts: LambdaParts): LambdaHandler<"GetFunctionConcurrency"> {
  return (input, context) => {
    const { record } = findFunction(parts.records, input.FunctionName, context);
    return record.reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: record.reservedConcurrency };
  };
}

export function deleteFunctionConcurrency(parts: LambdaParts): LambdaHandler<"DeleteFunctionConcurrency"> {
  return (input, context) => {
    const { name, record } = findFunction(parts.records, input.FunctionName, context);
    const { reservedConcurrency: _, ...rest } = record;
    parts.records.functions.set(keyOf(name, name.name), rest);
  };
}

export function getAccountSettings(parts: LambdaParts): LambdaHandler<"GetAccountSettings"> {
  return (_input, context) => {
    const versions = parts.records.versions.list(prefixOf(context));
    const layers = parts.records.layerVersions.list(prefixOf(context));
    const sizes = [
      ...versions.map(({ value }) => value.config.code.sizeBytes),
      ...layers.map(({ value }) => value.code.sizeBytes),
    ];
    return {
      AccountLimit: {
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: parts.code.limits.unzippedBytes,
        CodeSizeZipped: parts.code.limits.zippedBytes,
        ConcurrentExecutions: parts.concurrency.accountLimit,
        UnreservedConcurrentExecutions: parts.concurrency.unreserved(context),
      },
      AccountUsage: {
        TotalCodeSize: sizes.reduce((sum, size) => sum + size, 0),
        FunctionCount: parts.records.functions.list(prefixOf(context)).length,
      },
    };
  };
}
