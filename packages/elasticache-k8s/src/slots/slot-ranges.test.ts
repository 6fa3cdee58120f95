import { expect, test } from "vitest";
import { parseSlots, slotRanges } from "./slot-ranges.ts";

test("reads slots and writes them as ranges", () => {
  expect(parseSlots("0-2,9,7-8")).toEqual([0, 1, 2, 9, 7, 8]);
  expect(parseSlots("")).toEqual([]);
  expect(slotRanges([9, 0, 1, 2, 7, 8, 11])).toEqual([
    [0, 2],
    [7, 9],
    [11, 11],
  ]);
});
