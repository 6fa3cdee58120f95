import { expect, test } from "vitest";
import { Cksum } from "./cksum.ts";

// From `printf %s TEXT | cksum`.
test.each([
  ["", 4_294_967_295],
  ["a", 1_220_704_766],
  ["123456789", 930_766_865],
  ["The quick brown fox jumps over the lazy dog", 2_074_844_392],
])("is what the program tells of %j", (text, sum) => {
  expect(new Cksum().update(Buffer.from(text)).digest()).toBe(sum);
});

test("is the same however the bytes come", () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 31) % 256));
  const whole = new Cksum().update(bytes).digest();
  const pieces = new Cksum();
  for (let at = 0, size = 1; at < bytes.length; at += size, size += 1) pieces.update(bytes.subarray(at, at + size));
  expect(pieces.digest()).toBe(whole);
});
