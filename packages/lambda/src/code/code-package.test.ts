import { expect, test } from "vitest";
import { codePackage } from "./code-package.ts";
import type { UnpackedFile } from "./unpacked.ts";

const file = (path: string, offset: number): UnpackedFile => ({ path, mode: 0o644, offset, sizeBytes: 3 });
const files: Readonly<Record<string, readonly UnpackedFile[]>> = {
  code: [],
  damaged: [file("kept", 0), file("hidden", 3)],
  over: [file("hidden", 0)],
};
const store = {
  unpacked: (sha256: string) => ({ contentSha256: sha256, contentBytes: 6, files: files[sha256] ?? [] }),
  content: async function* (sha256: string): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from("one"));
    yield Buffer.from("two");
    if (sha256 === "damaged") throw new Error("damaged");
  },
};

test("no file of a damaged layer is whole, also when a later layer hides the last one of it", async () => {
  const refs = ["damaged", "over"].map((sha256) => ({ sha256, sizeBytes: 6 }));
  const code = codePackage(store, { sha256: "code", sizeBytes: 6 }, refs);
  expect(code.files.map(({ path }) => path)).toEqual(["/opt/kept", "/opt/hidden"]);
  const came: Uint8Array[] = [];
  const all = (async () => {
    for await (const piece of code.content()) came.push(piece);
  })();
  await expect(all).rejects.toThrow("damaged");
  expect(came).toEqual([]);
});
