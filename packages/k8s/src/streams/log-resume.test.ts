import { expect, test } from "vitest";
import { LogResume } from "./log-resume.ts";

const text = (lines: Iterable<Buffer>): string[] => [...lines].map(String);

test("timestamps are taken off and half lines are kept until they are whole", () => {
  const resume = new LogResume();
  resume.connected();
  expect(text(resume.push(Buffer.from("2026-01-01T00:00:00.1Z one\n2026-01-01T00:00:00.2Z tw")))).toEqual(["one\n"]);
  expect(text(resume.push(Buffer.from("o\n")))).toEqual(["two\n"]);
});

test("after a break the lines that were seen are dropped, several at one time included", () => {
  const resume = new LogResume();
  resume.connected();
  const before =
    "2026-01-01T00:00:00.1Z a\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.3Z ha";
  expect(text(resume.push(Buffer.from(before)))).toEqual(["a\n", "b\n", "b\n"]);
  expect(resume.sinceTime).toBe("2026-01-01T00:00:00.2Z");
  resume.connected();
  const after =
    "2026-01-01T00:00:00.1Z a\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.2Z c\n2026-01-01T00:00:00.3Z half\n";
  expect(text(resume.push(Buffer.from(after)))).toEqual(["c\n", "half\n"]);
  resume.connected();
  expect(text(resume.push(Buffer.from(after)))).toEqual([]);
});

test("fractions of different length are compared as numbers", () => {
  const resume = new LogResume();
  resume.connected();
  const lines = "2026-01-01T00:00:00Z a\n2026-01-01T00:00:00.09Z b\n2026-01-01T00:00:00.1Z c\n";
  expect(text(resume.push(Buffer.from(lines)))).toEqual(["a\n", "b\n", "c\n"]);
});

test("a last line without a newline is given at the end", () => {
  const resume = new LogResume();
  resume.connected();
  expect(text(resume.push(Buffer.from("2026-01-01T00:00:00Z last")))).toEqual([]);
  expect(text(resume.finish())).toEqual(["last"]);
});
