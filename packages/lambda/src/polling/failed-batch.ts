import { failureObjectKey, isBucketArn } from "../deliveries/failure-object.ts";
import { responseContext } from "../deliveries/invocation-record.ts";
import type { DestinationMessage } from "../event-sources/event-destinations.ts";
import type { MappingRecord } from "../state/mapping-records.ts";
import type { BatchAnswer } from "./polling.ts";
import type { StreamItem } from "./stream-item.ts";

/** Records of a stream that are given up. */
export interface FailedBatch {
  readonly shardId: string;
  /** At least one. */
  readonly items: readonly StreamItem[];
  readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  readonly invokeCount: number;
  /** Of the last run; absent when the function never saw them. */
  readonly answer?: BatchAnswer | undefined;
}

/** What a mapping's OnFailure destination gets: where the records are, and the records only where that is a bucket. */
export function failedBatchMessage(
  batch: FailedBatch,
  mapping: Pick<MappingRecord, "id" | "kind" | "sourceArn"> & {
    readonly functionArn: string;
    readonly destinationArn: string;
  },
  place: { readonly nowMs: number; readonly newId: () => string },
): DestinationMessage {
  const { answer, items } = batch;
  const first = items[0]?.record;
  const last = items.at(-1)?.record;
  const body = {
    requestContext: {
      requestId: answer?.requestId ?? place.newId(),
      functionArn: mapping.functionArn,
      condition: batch.condition,
      approximateInvokeCount: batch.invokeCount,
    },
    ...(answer === undefined ? {} : { responseContext: responseContext(answer) }),
    version: "1.0",
    timestamp: new Date(place.nowMs).toISOString(),
    [mapping.kind === "kinesis" ? "KinesisBatchInfo" : "DDBStreamBatchInfo"]: {
      shardId: batch.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first?.arrivedAtMs ?? 0).toISOString(),
      approximateArrivalOfLastRecord: new Date(last?.arrivedAtMs ?? 0).toISOString(),
      batchSize: items.length,
      streamArn: mapping.sourceArn,
    },
  };
  if (!isBucketArn(mapping.destinationArn)) return { body: JSON.stringify(body) };
  const payload = JSON.stringify({ Records: items.map(({ event }) => event) });
  return {
    body: JSON.stringify({ ...body, payload }),
    objectKey: failureObjectKey(`${mapping.id}/${batch.shardId}`, place.nowMs, place.newId()),
  };
}
