import { describe, expect, test } from "vitest";
import { batchItemFailures } from "./batch-item-failures.ts";

const read = (answer: string): string[] | undefined => {
  const failed = batchItemFailures(Buffer.from(answer), new Set(["a", "b"]));
  return failed === undefined ? undefined : [...failed];
};

describe("the answer of a function with ReportBatchItemFailures", () => {
  test.each(["", "null", "{}", '{"batchItemFailures":null}', '{"batchItemFailures":[]}'])(
    "is a complete success: %s",
    (answer) => {
      expect(read(answer)).toEqual([]);
    },
  );

  test("names the items that failed", () => {
    expect(read('{"batchItemFailures":[{"itemIdentifier":"b"}]}')).toEqual(["b"]);
  });

  test.each([
    "{",
    '"ok"',
    "[]",
    '{"batchItemFailures":{}}',
    '{"batchItemFailures":[null]}',
    '{"batchItemFailures":[{"itemIdentifier":""}]}',
    '{"batchItemFailures":[{"itemIdentifier":null}]}',
    '{"batchItemFailures":[{"wrongKey":"a"}]}',
    '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"other"}]}',
  ])("is a complete failure: %s", (answer) => {
    expect(read(answer)).toBeUndefined();
  });
});
