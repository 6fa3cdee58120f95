import { expect, test } from "vitest";
import { addQuantities, formatQuantity, parseQuantity, type Quantity, zero } from "./quantity.ts";

const parsed = (text: string): Quantity => {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Error(`${text} is no quantity`);
  return quantity;
};

// The right column is what a real API server answers with.
test.each([
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["1.", "1"],
  ["1000", "1k"],
  ["1024", "1024"],
  ["1.5Gi", "1536Mi"],
  ["2048Mi", "2Gi"],
  ["0.5Ki", "512"],
  ["0Mi", "0"],
  ["1e3", "1e3"],
  ["1500e-3", "1500e-3"],
  ["1E", "1E"],
  ["-5", "-5"],
])("%s is %s in the canonical form", (text, canonical) => {
  expect(formatQuantity(parsed(text))).toBe(canonical);
});

test.each(["", ".", "abc", "1x", "1 Gi", "1.2.3", "1e999"])("%j is no quantity", (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test("a sum keeps the notation of its first part that is not zero", () => {
  const sum = addQuantities(addQuantities(zero, parsed("100Mi")), parsed("128974848"));
  expect(formatQuantity(sum)).toBe("223Mi");
});
