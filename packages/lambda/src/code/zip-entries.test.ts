import { describe, expect, test } from "vitest";
import { makeZip, type ZipEntry } from "../../test/support/make-zip.ts";
import { Cksum } from "./cksum.ts";
import { awsCodeLimits, type CodeLimits } from "./code-limits.ts";
import type { UnpackedFile } from "./unpacked.ts";
import { inflateZip } from "./zip-entries.ts";

const link = 0o120777;
const cksum = (text: string): number => new Cksum().update(Buffer.from(text)).digest();
const unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again.";

async function inflate(
  zip: Uint8Array,
  limits: Partial<CodeLimits> = {},
): Promise<{ content: string; files: UnpackedFile[] }> {
  const files: UnpackedFile[] = [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of inflateZip(zip, { ...awsCodeLimits, ...limits }, files)) chunks.push(chunk);
  return { content: Buffer.concat(chunks).toString(), files };
}

describe("a good zip", () => {
  test("keeps modes and links, drops folders, and lays the bytes out one after the other", async () => {
    const { content, files } = await inflate(
      makeZip({
        "bin/": { content: "", mode: 0o040755 },
        "./bin//run": { content: "run", mode: 0o100755 },
        "bin/alias": { content: "run", mode: link },
        "lib/a.js": "a",
      }),
    );
    expect(content).toBe("runa");
    expect(files).toEqual([
      { path: "bin/run", mode: 0o755, offset: 0, sizeBytes: 3, checksum: cksum("run") },
      { path: "bin/alias", mode: 0o777, offset: 3, sizeBytes: 0, link: "run" },
      { path: "lib/a.js", mode: 0o644, offset: 3, sizeBytes: 1, checksum: cksum("a") },
    ]);
  });

  test("may hold a file twice: the later one counts", async () => {
    const { files } = await inflate(makeZip({ "a/b": "old", "a//b": "newer" }));
    expect(files).toEqual([{ path: "a/b", mode: 0o644, offset: 3, sizeBytes: 5, checksum: cksum("newer") }]);
  });

  test("may link upwards within its root", async () => {
    const { files } = await inflate(makeZip({ "a/b/link": { content: "../../x", mode: link }, x: "x" }));
    expect(files[0]?.link).toBe("../../x");
  });
});

describe("a hostile zip is refused", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string | ZipEntry>>])[] = [
    ["a name that climbs", { "../evil": "x" }],
    ["a name that climbs in the middle", { "a/../../evil": "x" }],
    ["an absolute name", { "/etc/passwd": "x" }],
    ["a Windows drive", { "C:/evil": "x" }],
    ["a link that climbs", { l: { content: "../etc", mode: link } }],
    ["an absolute link", { l: { content: "/etc/passwd", mode: link } }],
    [
      "a link that climbs through another link",
      { "d/up": { content: "..", mode: link }, x: { content: "d/up/../etc", mode: link } },
    ],
    ["a file below a link", { d: { content: "e", mode: link }, "d/x": "x" }],
    ["a file below a file", { d: "file", "d/x": "x" }],
    ["a device", { d: { content: "", mode: 0o020666 } }],
    ["an encrypted entry", { d: { content: "x", encrypted: true } }],
    ["a size that lies", { d: { content: "x".repeat(1000), claimedBytes: 1 } }],
    ["an endless link target", { d: { content: "x".repeat(5000), mode: link } }],
  ];
  test.each(cases)("%s", async (_name, files) => {
    await expect(inflate(makeZip(files))).rejects.toMatchObject({
      code: "InvalidParameterValueException",
      message: unreadable,
    });
  });

  test("something that is no zip", async () => {
    await expect(inflate(Buffer.from("not a zip at all"))).rejects.toMatchObject({ message: unreadable });
  });

  test("a truncated zip", async () => {
    const zip = makeZip({ a: "x".repeat(10_000) });
    await expect(inflate(zip.subarray(0, zip.byteLength - 30))).rejects.toMatchObject({ message: unreadable });
  });

  test("a bomb, before it is inflated whole", async () => {
    const zip = makeZip({ a: "0".repeat(5_000_000) });
    await expect(inflate(zip, { unzippedBytes: 1_000_000 })).rejects.toMatchObject({
      message: "Unzipped size must be smaller than 1000000 bytes",
    });
  });

  test("too many files", async () => {
    await expect(inflate(makeZip({ a: "", b: "", c: "" }), { files: 2 })).rejects.toMatchObject({
      message: "The zip holds more than 2 files.",
    });
  });

  test("an empty one", async () => {
    await expect(inflate(makeZip({}))).rejects.toMatchObject({ message: "Uploaded file must be a non-empty zip" });
  });
});
