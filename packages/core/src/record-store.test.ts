import { describe, expect, test } from "vitest";
import { recordStoreCases } from "./conformance/record-store-cases.ts";
import { createMemoryRecordStore, recordKey } from "./record-store.ts";

describe("the memory record store", () => {
  test.each(recordStoreCases)("$name", ({ run }) => run(createMemoryRecordStore()));
});

describe("recordKey", () => {
  test("keeps a part from running into its neighbour", () => {
    expect(recordKey("a/b", "c")).not.toBe(recordKey("a", "b/c"));
  });
});
