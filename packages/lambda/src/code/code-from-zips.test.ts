import { expect, test } from "vitest";
import { makeZip } from "../../test/support/make-zip.ts";
import { codeFromZips } from "./code-from-zips.ts";

async function textOf(code: Awaited<ReturnType<typeof codeFromZips>>): Promise<Record<string, string>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of code.content()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  let offset = 0;
  return Object.fromEntries(
    code.files.map(({ path, sizeBytes }) => {
      offset += sizeBytes;
      return [path, bytes.subarray(offset - sizeBytes, offset).toString()];
    }),
  );
}

test("code lies in /var/task, layers in /opt, and a later layer wins", async () => {
  const code = await codeFromZips(makeZip({ "index.js": "code", "lib/a.js": "a" }), [
    makeZip({ "x.txt": "first", "y.txt": "stays" }),
    makeZip({ "x.txt": "second" }),
  ]);
  expect(await textOf(code)).toEqual({
    "/var/task/index.js": "code",
    "/var/task/lib/a.js": "a",
    "/opt/y.txt": "stays",
    "/opt/x.txt": "second",
  });
});

test("a container image has no zip", async () => {
  expect((await codeFromZips(undefined)).files).toEqual([]);
});

test.each([["../evil.js"], ["/etc/evil"], ["a/../../evil"]])(
  "a name that leaves the root is refused: %s",
  async (name) => {
    const code = codeFromZips(makeZip({ "index.js": "x", [name]: "y" }));
    await expect(code).rejects.toMatchObject({ code: "InvalidParameterValueException" });
  },
);
