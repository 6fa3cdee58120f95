import { functionArn } from "../names/arn.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { prefixOf } from "../state/lambda-records.ts";
import { listedConfiguration } from "./configuration-output.ts";
import type { LambdaHandler } from "./function-handlers.ts";

export function listFunctions(parts: LambdaParts): LambdaHandler<"ListFunctions"> {
  return (input, context) => {
    const all = input.FunctionVersion === "ALL";
    const versions = parts.records.versions
      .list(prefixOf(context))
      .filter(({ value }) => all || value.version === "$LATEST");
    const page = pageOf(versions, input.Marker, Math.min(input.MaxItems ?? 50, 50));
    return {
      Functions: page.items.map((record) => ({
        ...listedConfiguration(record),
        ...(all ? {} : { FunctionArn: functionArn(record, record.functionName) }),
      })),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}
