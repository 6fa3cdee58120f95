import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type TarEntry, tar } from "./tar.ts";

const file = (path: string, text: string, mode = 0o644): TarEntry => ({
  path,
  mode,
  content: { type: "file", read: () => Buffer.from(text) },
});
const long = `${"folder/".repeat(20)}${"name".repeat(30)}.txt`;
const entries: readonly TarEntry[] = [
  file("b/run", "#!/bin/sh", 0o755),
  file(long, "long"),
  { path: "b", mode: 0o755, content: { type: "folder" } },
  { path: "b/link", mode: 0o777, content: { type: "link", target: `../${long}` } },
  file("empty", ""),
];

test("what it writes, tar unpacks: modes, links, and paths beyond the header's 100 bytes", () => {
  const folder = mkdtempSync(join(tmpdir(), "fc-tar-"));
  try {
    writeFileSync(join(folder, "a.tar"), Buffer.concat([...tar(entries)]));
    execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
    expect(readFileSync(join(folder, long), "utf8")).toBe("long");
    expect(readFileSync(join(folder, "b/link"), "utf8")).toBe("long");
    expect(readlinkSync(join(folder, "b/link"))).toBe(`../${long}`);
    expect(statSync(join(folder, "b/run")).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, "empty")).size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the order in which the entries are found does not matter", () => {
  const bytes = (list: readonly TarEntry[]): string => Buffer.concat([...tar(list)]).toString("hex");
  expect(bytes([...entries].reverse())).toBe(bytes(entries));
});
