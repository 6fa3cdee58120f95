import { expect, test } from "vitest";
import { BackOff } from "./back-off.ts";

test("the first restart is immediate, the next wait 10 s, doubling to 5 min", () => {
  const backOff = new BackOff();
  const waits = Array.from({ length: 8 }, () => backOff.next() / 1_000);
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
});

test("a run of ten minutes starts the series over", () => {
  const backOff = new BackOff();
  backOff.next();
  backOff.next();
  expect(backOff.next(600_000)).toBe(0);
  expect(backOff.next(1_000)).toBe(10_000);
});
