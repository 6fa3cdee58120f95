import { invalidParameter } from "../aws-errors.ts";
import { isFunctionArn } from "../deliveries/deliveries.ts";
import { checkDestination } from "../deliveries/destination-check.ts";
import { isBucketArn } from "../deliveries/failure-object.ts";
import { resolveQualifier } from "../functions/find-function.ts";
import type { DestinationConfig } from "../model.generated.ts";
import { type FunctionName, parseFunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";

/** Looks at the destinations of a function's asynchronous events. @throws AwsError for what AWS or this server refuses */
export async function checkDestinations(
  parts: LambdaParts,
  name: FunctionName,
  config: DestinationConfig | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { region } = name;
  for (const outcome of ["OnSuccess", "OnFailure"] as const) {
    const arn = config?.[outcome]?.Destination;
    if (arn === undefined || arn === "") continue;
    if (isFunctionArn(arn)) checkFunction(parts, name, arn);
    // Buckets take what failed, and nothing else.
    else if (outcome === "OnFailure" && isBucketArn(arn)) await checkDestination(parts, arn, { region, signal });
    else if (!/^arn:[^:]+:(sqs|sns|events):/.test(arn) || arn.endsWith(".fifo"))
      throw invalidParameter(`The provided destination config ${shown(config)} is invalid.`);
    else await checkDestination(parts, arn, { region, signal });
  }
}

function checkFunction(parts: LambdaParts, name: FunctionName, arn: string): void {
  const destination = parseFunctionName(arn, name);
  if (destination.name === name.name)
    throw invalidParameter("You can't specify the function as a destination for itself.");
  if (resolveQualifier(parts.records, destination) === undefined)
    throw invalidParameter(`The destination ARN ${arn} is invalid.`);
}

/** As AWS prints it. */
function shown(config: DestinationConfig | undefined): string {
  const part = (name: "OnSuccess" | "OnFailure"): string => {
    const value = config?.[name];
    return value === undefined ? "null" : `${name}(destination=${value.Destination ?? "null"})`;
  };
  return `DestinationConfig(onSuccess=${part("OnSuccess")}, onFailure=${part("OnFailure")})`;
}
