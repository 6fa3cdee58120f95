import { listedConfiguration } from "../functions/configuration-output.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { prefixOf } from "../state/lambda-records.ts";

export function listVersionsByFunction(parts: LambdaParts): LambdaHandler<"ListVersionsByFunction"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const versions = parts.records.versions.list(prefixOf(name, name.name));
    const page = pageOf(versions, input.Marker, Math.min(input.MaxItems ?? 50, 50));
    return {
      Versions: page.items.map(listedConfiguration),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}
