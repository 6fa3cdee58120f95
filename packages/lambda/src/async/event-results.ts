import type { Delivery } from "../deliveries/deliveries.ts";
import { failureObjectKey, isBucketArn } from "../deliveries/failure-object.ts";
import { deadLetter, type FinishedEvent, invocationRecord } from "../deliveries/invocation-record.ts";
import type { DestinationMessage } from "../event-sources/event-destinations.ts";
import { resolveQualifier } from "../functions/find-function.ts";
import { servingConfig } from "../invocation/function-spec-of.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { EventInvokeRecord, EventRecord } from "../state/records.ts";

/** What a user configured for the asynchronous events of a function, version or alias. */
export function eventRules(parts: Pick<LambdaParts, "records">, event: EventRecord): EventInvokeRecord | undefined {
  return parts.records.eventInvoke.get(keyOf(event, event.functionName, event.qualifier ?? "$LATEST"));
}

/** What is to be sent when an event is done: to its destination, and to the dead-letter queue too when it failed. */
export function resultDeliveries(
  parts: Pick<LambdaParts, "records" | "newId">,
  event: EventRecord,
  finished: FinishedEvent,
): Delivery[] {
  const rules = eventRules(parts, event);
  const { account, region, functionName } = event;
  const success = finished.condition === "Success";
  const destinationArn = success ? rules?.onSuccessArn : rules?.onFailureArn;
  const deadLetterArn = success ? undefined : deadLetterArnOf(parts, event);
  const deliveries: Delivery[] = [];
  const add = (arn: string, message: DestinationMessage): void =>
    void deliveries.push({ account, region, functionName, destinationArn: arn, message });
  if (destinationArn !== undefined) {
    const objectKey = isBucketArn(destinationArn)
      ? failureObjectKey(`async/${functionName}`, finished.finishedAtMs, parts.newId())
      : undefined;
    add(destinationArn, invocationRecord(finished, destinationArn, objectKey));
  }
  if (deadLetterArn !== undefined) add(deadLetterArn, deadLetter(finished));
  return deliveries;
}

function deadLetterArnOf(parts: Pick<LambdaParts, "records">, event: EventRecord): string | undefined {
  const { account, region, functionName: name, qualifier } = event;
  const found = resolveQualifier(parts.records, {
    account,
    region,
    name,
    ...(qualifier === undefined ? {} : { qualifier }),
  });
  return found === undefined ? undefined : servingConfig(found.version).deadLetterArn;
}
