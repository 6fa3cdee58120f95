import { expect, test } from "vitest";
import { LogResume, maxLineBytes } from "./log-resume.ts";

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
  expect(resume.sinceTime).toBe("2025-12-31T23:59:59Z");
  resume.connected();
  const after =
    "2026-01-01T00:00:00.1Z a\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.2Z b\n2026-01-01T00:00:00.2Z c\n2026-01-01T00:00:00.3Z half\n";
  expect(text(resume.push(Buffer.from(after)))).toEqual(["c\n", "half\n"]);
  resume.connected();
  expect(text(resume.push(Buffer.from(after)))).toEqual([]);
});

test("lines that two streams wrote out of order are neither lost nor given twice", () => {
  const log = ["00.5Z a", "00.4Z b", "01.2Z c", "00.9Z late", "01.1Z d", "02.0Z e"].map(
    (line) => `2026-01-01T00:00:${line}\n`,
  );
  /** What the server gives when it is asked from a whole second on. */
  const since = (time: string | undefined): string[] =>
    log.filter((line) => line.slice(0, 19) >= (time ?? "").replace("Z", ""));
  for (let first = 0; first <= log.length; first += 1) {
    const resume = new LogResume();
    resume.connected();
    const seen = text(resume.push(Buffer.from(log.slice(0, first).join(""))));
    resume.connected();
    seen.push(...text(resume.push(Buffer.from(since(resume.sinceTime).join("")))));
    expect(seen).toEqual(["a\n", "b\n", "c\n", "late\n", "d\n", "e\n"]);
  }
});

test("lines that a rotation took away do not hide those that came after", () => {
  const resume = new LogResume();
  resume.connected();
  const at = (second: number, line: string): string => `2026-01-01T00:00:0${second}.5Z ${line}\n`;
  expect(text(resume.push(Buffer.from(at(1, "a") + at(1, "b"))))).toEqual(["a\n", "b\n"]);
  resume.connected();
  expect(text(resume.push(Buffer.from(at(2, "c") + at(2, "d"))))).toEqual(["c\n", "d\n"]);
});

test("times of a node with a zone of its own are understood", () => {
  const resume = new LogResume();
  resume.connected();
  expect(text(resume.push(Buffer.from("2026-01-01T01:00:00.5+01:00 a\n")))).toEqual(["a\n"]);
  expect(resume.sinceTime).toBe("2025-12-31T23:59:59Z");
});

test("a line without end is cut, and what comes after it is whole", () => {
  const resume = new LogResume();
  resume.connected();
  const given: string[] = [];
  given.push(...text(resume.push(Buffer.from("2026-01-01T00:00:00Z "))));
  for (let i = 0; i < 40; i += 1) given.push(...text(resume.push(Buffer.alloc(64 * 1024, "x"))));
  given.push(...text(resume.push(Buffer.from("\n2026-01-01T00:00:01Z b\n"))));
  expect(given.map((line) => line.length)).toEqual([maxLineBytes - "2026-01-01T00:00:00Z ".length + 1, 2]);
});

test("a last line without a newline is given at the end", () => {
  const resume = new LogResume();
  resume.connected();
  expect(text(resume.push(Buffer.from("2026-01-01T00:00:00Z last")))).toEqual([]);
  expect(text(resume.finish())).toEqual(["last"]);
});

test.each([
  "unable to retrieve container logs for containerd://8dd87c",
  'failed to try resolving symlinks in path "/var/log/pods/a/main/0.log": lstat /var/log/pods/a/main/0.log: no such file or directory',
  'failed to open log file "/var/log/pods/a/main/0.log": open /var/log/pods/a/main/0.log: no such file or directory',
])("the kubelet's word that a log has gone with its container is no line of the log: %s", (word) => {
  const resume = new LogResume();
  resume.connected();
  expect(text(resume.push(Buffer.from("2026-01-01T00:00:00Z bye\n")))).toEqual(["bye\n"]);
  resume.connected();
  expect(text(resume.push(Buffer.from(word)))).toEqual([]);
  expect(text(resume.finish())).toEqual([]);
});
