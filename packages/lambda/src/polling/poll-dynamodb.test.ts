import { CreateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import type { DynamoDbRecord, StreamSource } from "../event-sources/index.ts";
import { memoryEventSources } from "../testing/index.ts";

const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000";

/** One shard with these changes. */
function changes(...names: readonly string[]): StreamSource {
  const records = names.map(
    (name, index): DynamoDbRecord => ({
      kind: "dynamodb",
      sequenceNumber: String(index + 1).padStart(5, "0"),
      arrivedAtMs: Date.UTC(2026, 0, 1),
      partitionKey: name,
      eventId: name,
      eventName: "INSERT",
      dynamodb: { SequenceNumber: String(index + 1).padStart(5, "0"), Keys: { id: { S: name } } },
    }),
  );
  return {
    shards: () => Promise.resolve([{ id: "shard-0", parentIds: [], closed: false }]),
    openShard: (_id, position) => {
      const after = position.from === "AFTER_SEQUENCE_NUMBER" ? Number(position.sequenceNumber) : 0;
      const left = records.slice(after);
      return Promise.resolve({
        read: ({ limit }) => Promise.resolve({ records: left.splice(0, limit), ended: false }),
      });
    },
  };
}

test("a batch of changes of a table is tried again from the first one that the function reports", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const batches: string[][] = [];
  const f = (event: unknown): unknown => {
    const { Records } = event as { Records: { eventID: string; dynamodb: { SequenceNumber: string } }[] };
    batches.push(Records.map(({ eventID }) => eventID));
    const failed = batches.length > 1 ? undefined : Records[1]?.dynamodb.SequenceNumber;
    return failed === undefined ? undefined : { batchItemFailures: [{ itemIdentifier: failed }] };
  };
  const eventSources = memoryEventSources({ streams: { [arn]: changes("a", "b", "c") } });
  const rig = lambdaHarness({ clock, eventSources, handlers: { f } });
  await makeFunction(rig);
  const mapping = { FunctionName: "f", EventSourceArn: arn, StartingPosition: "TRIM_HORIZON" as const };
  await rig.client.send(
    new CreateEventSourceMappingCommand({ ...mapping, FunctionResponseTypes: ["ReportBatchItemFailures"] }),
  );
  for (let seconds = 0; seconds < 3; seconds += 1) {
    await rig.clock.advance(1_000);
    await rig.settle();
  }
  expect(batches).toEqual([
    ["a", "b", "c"],
    ["b", "c"],
  ]);
});
