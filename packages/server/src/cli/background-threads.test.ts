import { expect, test } from "vitest";
import { backgroundThreads } from "./background-threads.ts";

test.each([
  [1, 1],
  [2, 1],
  [4, 3],
  [64, 4],
])("of %i cores V8 has %i beside the main thread", (cores, threads) => {
  expect(backgroundThreads(cores)).toBe(threads);
});
