import { describe, expect, test } from "vitest";
import { Crc64 } from "./crc64.ts";

describe("Crc64", () => {
  test("gives the check value of the Jones polynomial", () => {
    expect(new Crc64().update(Buffer.from("123456789")).value()).toBe(0xe9c6d914c4b8d9can);
  });

  test("gives the same sum however the bytes are cut", () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 131) & 0xff));
    const whole = new Crc64().update(bytes).value();
    expect(whole).toBe(bitwise(bytes));
    for (const size of [1, 3, 7, 8, 9, 64, 999]) {
      const crc = new Crc64();
      for (let at = 0; at < bytes.length; at += size) crc.update(bytes.subarray(at, at + size));
      expect(crc.value()).toBe(whole);
    }
  });
});

/** The definition, one bit at a time. */
function bitwise(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc;
}
