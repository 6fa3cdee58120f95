import { errorText, FcError, withDeadline } from "@fc/core";
import { invalidParameter } from "../aws-errors.ts";
import type { DestinationCall } from "../event-sources/event-destinations.ts";
import type { LambdaParts } from "../parts.ts";

const checkTimeoutMs = 10_000;

/**
 * Looks whether a queue, topic, bus or bucket is there, so that a wrong ARN is refused when it is configured, not found when it is needed.
 * @throws AwsError
 */
export async function checkDestination(
  parts: Pick<LambdaParts, "deliveries" | "clock">,
  arn: string,
  { region, signal }: DestinationCall,
): Promise<void> {
  const deadline = { timeoutMs: checkTimeoutMs, what: `looking at ${arn}`, signal, clock: parts.clock };
  try {
    await withDeadline(deadline, (limited) => parts.deliveries.destinations.check(arn, { region, signal: limited }));
  } catch (error) {
    if (!FcError.isInstance(error)) throw error;
    switch (error.code) {
      case "FC_EVENT_SOURCE_NOT_FOUND":
        throw invalidParameter(`The destination ARN ${arn} is invalid.`);
      case "FC_EVENT_SOURCE_NOT_CONFIGURED":
      case "FC_EVENT_SOURCE_UNSUPPORTED":
        throw invalidParameter(error.message);
      default:
        throw invalidParameter(`The destination ${arn} cannot be reached: ${errorText(error)}`);
    }
  }
}
