import { describe, expect, test } from "vitest";
import { evenLayout, isSameLayout, slotsBetween, towards } from "./slot-layout.ts";
import { evenSlots, parseSlots, slotCount, slotRanges, slotsText } from "./slots.ts";

const even = (count: number) =>
  Object.fromEntries(evenSlots(count).map((slots, index) => [`000${index + 1}`, slots] as const));
const countsOf = (layout: Readonly<Record<string, string>>) =>
  Object.entries(layout).map(([id, slots]) => `${id} ${parseSlots(slots)?.length}`);

describe("slots as text", () => {
  test.each(["0-16383", "7", "0-99,200,300-301"])("%s is read and written", (text) => {
    expect(slotsText(parseSlots(text)!)).toBe(text);
  });

  test.each(["", "a", "1-", "5-3", "0-16384", "1,1", "0-10,10-20", "1,,2"])("%j is not of the form", (text) => {
    expect(parseSlots(text)).toBeUndefined();
  });

  test("are joined where they touch, whatever their order", () => {
    expect(slotsText(parseSlots("3-4, 0-2,9")!)).toBe("0-4,9");
  });

  test("are pairs of first and last", () => {
    expect(slotRanges([9, 0, 1, 2, 7, 8, 11])).toEqual([
      [0, 2],
      [7, 9],
      [11, 11],
    ]);
  });
});

test("new shards have the slots evenly, the first ones one more", () => {
  expect(evenSlots(1)).toEqual(["0-16383"]);
  expect(evenSlots(2)).toEqual(["0-8191", "8192-16383"]);
  expect(evenSlots(3)).toEqual(["0-5461", "5462-10922", "10923-16383"]);
});

describe("another number of shards", () => {
  test.each([
    [1, 2],
    [2, 3],
    [3, 2],
    [3, 5],
    [5, 1],
    [7, 7],
  ])("%i to %i moves only what a shard has too much or lacks", (from, to) => {
    const after = evenLayout(even(from), Object.keys(even(to)));
    const sizes = Object.values(after).map((slots) => parseSlots(slots)!.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(slotCount);
    const least = from === to ? 0 : Math.floor((slotCount / Math.max(from, to)) * Math.abs(from - to));
    expect(slotsBetween(even(from), after)).toBeLessThanOrEqual(least + Math.max(from, to));
  });

  test("also takes slots from a shard that is not named", () => {
    const after = evenLayout(even(3), ["0001", "0003"]);
    expect(countsOf(after)).toEqual(["0001 8192", "0003 8192"]);
    expect(slotsBetween(even(3), after)).toBe(5461);
  });

  test("an uneven layout becomes even", () => {
    const after = evenLayout({ "0001": "0-16000", "0002": "16001-16383" }, ["0001", "0002"]);
    expect(countsOf(after)).toEqual(["0001 8192", "0002 8192"]);
  });
});

describe("towards another layout", () => {
  test("goes bit by bit, with no shard empty before the end", () => {
    const [before, after] = [even(3), evenLayout(even(3), ["0002", "0003"])];
    const seen: string[][] = [];
    let now = before;
    while (!isSameLayout(now, after)) {
      now = towards(now, after, 1400);
      seen.push(countsOf(now));
      expect(Object.values(now).flatMap((slots) => parseSlots(slots)!).length).toBe(slotCount);
    }
    expect(seen).toHaveLength(4);
    expect(seen.slice(0, 3).every((counts) => counts.length === 3)).toBe(true);
    expect(seen[3]).toEqual(["0002 8192", "0003 8192"]);
  });

  test("skips what would leave a shard without slots", () => {
    const [before, after] = [
      { "0001": "0", "0002": "1-16383" },
      { "0002": "0-9999", "0003": "10000-16383" },
    ];
    expect(towards(before, after, 100)).toBe(after);
  });
});
