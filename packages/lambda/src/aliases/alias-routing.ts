import { functionNotFound, invalidParameter } from "../aws-errors.ts";
import type { AliasRoutingConfiguration } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import type { FunctionName } from "../names/function-name.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";

/**
 * Checks what an alias is to point to.
 * @returns the additional weights, undefined when there are none
 * @throws AwsError in Lambda's words
 */
export function checkTarget(
  records: LambdaRecords,
  name: FunctionName,
  version: string,
  routing: AliasRoutingConfiguration | undefined,
): Readonly<Record<string, number>> | undefined {
  const weights = routing?.AdditionalVersionWeights ?? {};
  const extra = Object.keys(weights);
  if (extra.length > 1) throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  for (const other of extra) {
    if (other === version)
      throw invalidParameter(
        `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
      );
    if (version === "$LATEST" || other === "$LATEST")
      throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  for (const wanted of [version, ...extra])
    if (records.versions.get(keyOf(name, name.name, wanted)) === undefined)
      throw functionNotFound(functionArn(name, name.name, wanted));
  return extra.length === 0 ? undefined : weights;
}
