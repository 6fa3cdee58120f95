import { invalidParameter } from "../aws-errors.ts";
import { checkDestination } from "../deliveries/destination-check.ts";
import type { DestinationCall } from "../event-sources/event-destinations.ts";
import type { DeadLetterConfig } from "../model.generated.ts";
import type { LambdaParts } from "../parts.ts";

/** The queue or topic for events that failed; an empty ARN takes it away. @throws AwsError for anything else */
export function deadLetterArnOf({ TargetArn }: DeadLetterConfig): string | undefined {
  if (TargetArn === undefined || TargetArn === "") return undefined;
  if (!/^arn:[^:]+:(sqs|sns):/.test(TargetArn) || TargetArn.endsWith(".fifo"))
    throw invalidParameter(`The dead-letter target ${TargetArn} is not a standard SQS queue or SNS topic.`);
  return TargetArn;
}

/** @throws AwsError when the queue or topic is not there */
export async function checkDeadLetter(
  parts: LambdaParts,
  config: DeadLetterConfig | undefined,
  call: DestinationCall,
): Promise<void> {
  const arn = config === undefined ? undefined : deadLetterArnOf(config);
  if (arn !== undefined) await checkDestination(parts, arn, call);
}
