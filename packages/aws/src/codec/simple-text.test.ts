import { describe, expect, test } from "vitest";
import { decodeBase64, simpleToText, textToSimple } from "./simple-text.ts";

describe("text as a value", () => {
  test.each([
    ["integer", "2147483647", 2147483647],
    ["integer", "2147483648", undefined],
    ["integer", "1e3", 1000],
    ["integer", " 1", undefined],
    ["integer", "", undefined],
    ["long", "9007199254740991", 9007199254740991],
    ["long", "9007199254740993", undefined],
    ["double", "-.5", -0.5],
    ["double", "Infinity", undefined],
    ["double", "0x10", undefined],
    ["boolean", "FALSE", false],
    ["boolean", "1", undefined],
  ] as const)("of type %s: %j is %j", (type, text, value) => {
    expect(textToSimple({ type }, text, "date-time")).toBe(value);
  });

  test.each(["2026-01-02T03:04:05Z", "1767323045", "Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05"])(
    "of type timestamp: %s is one moment",
    (text) => {
      expect(textToSimple({ type: "timestamp" }, text, "date-time")).toEqual(new Date("2026-01-02T03:04:05Z"));
    },
  );

  test.each(["", "now", "2026-13-01", "2026-01-02T03", "01/02/2026"])("of type timestamp: %j is none", (text) => {
    expect(textToSimple({ type: "timestamp" }, text, "date-time")).toBeUndefined();
  });
});

describe("a value as text", () => {
  const date = new Date("2026-01-02T03:04:05.678Z");
  test.each([
    ["date-time", "2026-01-02T03:04:05.678Z"],
    ["http-date", "Fri, 02 Jan 2026 03:04:05 GMT"],
    ["epoch-seconds", "1767323045.678"],
  ] as const)("is a timestamp as %s", (format, text) => {
    expect(simpleToText({ type: "timestamp" }, date, format)).toBe(text);
    expect(simpleToText({ type: "timestamp", format }, date, "http-date")).toBe(text);
  });

  test("is a blob as base64, of its own part of the buffer only", () => {
    expect(simpleToText({ type: "blob" }, new Uint8Array([0, 1, 2, 3]).subarray(1, 3), "date-time")).toBe("AQI=");
  });
});

describe("base64", () => {
  test.each(["", "AQ==", "AQ", "AQI=", "AQID", "+/+/"])("%j is read", (text) => {
    expect(decodeBase64(text)?.byteLength).toBe(Math.floor((text.replaceAll("=", "").length * 3) / 4));
  });
  test.each(["A", "A===", "AQ-_", "AQ ==", "é"])("%j is refused", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
