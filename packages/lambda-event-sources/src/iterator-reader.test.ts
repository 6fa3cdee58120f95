import type { ShardPosition, StreamRecord } from "@fc/lambda/event-sources";
import { expect, test } from "vitest";
import { type IteratorShard, openIterator } from "./iterator-reader.ts";

const { signal } = new AbortController();

function record(sequenceNumber: string): StreamRecord {
  return { kind: "kinesis", sequenceNumber, partitionKey: "p", data: "", arrivedAtMs: 0 };
}

function failure(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/** A shard whose calls answer what is next in line; gives the positions at which it was asked to begin. */
function scripted(...answers: (readonly string[] | Error)[]): { shard: IteratorShard; positions: ShardPosition[] } {
  const positions: ShardPosition[] = [];
  const next = (): readonly string[] => {
    const answer = answers.shift() ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const shard: IteratorShard = {
    name: "shard-0",
    iterator: async (position) => {
      positions.push(position);
      next();
      return "i";
    },
    records: async () => ({ records: next().map(record), next: "i" }),
  };
  return { shard, positions };
}

const after = (sequenceNumber: string): ShardPosition => ({ from: "AFTER_SEQUENCE_NUMBER", sequenceNumber });
const read = { limit: 10, signal };

test("records that are gone are passed over: the oldest one that is left comes next, and none twice", async () => {
  const { shard, positions } = scripted(failure("TrimmedDataAccessException"), [], ["7", "8"], ["9"]);
  const reader = await openIterator(shard, after("1"), signal);
  const numbers = async (): Promise<string[]> =>
    (await reader.read(read)).records.map(({ sequenceNumber }) => sequenceNumber);
  expect(positions).toEqual([after("1"), { from: "TRIM_HORIZON" }]);
  expect([await numbers(), await numbers()]).toEqual([["7", "8"], ["9"]]);
});

test.each(["ExpiredIteratorException", "TrimmedDataAccessException"])(
  "after %s reading goes on behind the last record that was read",
  async (name) => {
    const { shard, positions } = scripted([], ["1", "2"], failure(name), [], ["3"]);
    const reader = await openIterator(shard, { from: "TRIM_HORIZON" }, signal);
    const batches = [await reader.read(read), await reader.read(read), await reader.read(read)];
    expect(batches.map(({ records }) => records.map(({ sequenceNumber }) => sequenceNumber))).toEqual([
      ["1", "2"],
      [],
      ["3"],
    ]);
    expect(positions).toEqual([{ from: "TRIM_HORIZON" }, after("2")]);
  },
);

test("another failure is told with what was tried", async () => {
  const { shard } = scripted(failure("AccessDeniedException"));
  await expect(openIterator(shard, after("1"), signal)).rejects.toThrow(/opening shard-0/);
});
