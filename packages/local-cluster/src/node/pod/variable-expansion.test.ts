import { describe, expect, test } from "vitest";
import { expandVariables } from "./variable-expansion.ts";

describe("expandVariables", () => {
  test.each([
    ["$(A)-$(B)", "1-two"],
    ["$(UNKNOWN)", "$(UNKNOWN)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(toString)", "$(toString)"],
  ])("turns %s into %s", (text, expected) => {
    expect(expandVariables(text, { A: "1", B: "two" })).toBe(expected);
  });
});
