import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { persistentStorage } from "../src/storage/open-storage.ts";
import { writeFormerVersion } from "./former-version.ts";
import { functionCode, functionsPath, type MemoryServer, startMemoryServer } from "./memory-server.ts";
import { canMount, mountSmallDisk, type SmallDisk } from "./small-disk.ts";

function disk(): SmallDisk {
  const mounted = mountSmallDisk();
  onTestFinished(() => mounted[Symbol.dispose]());
  return mounted;
}

const start = (path: string): Promise<MemoryServer> => startMemoryServer({ FAKECLOUD_DATA_PATH: path });
const newFunction = {
  FunctionName: "g",
  Runtime: "nodejs22.x",
  Handler: "index.handler",
  Role: "arn:aws:iam::123456789012:role/r",
  Code: { ZipFile: functionCode },
};
const user = { UserId: "u", UserName: "u", Engine: "redis", AccessString: "on ~* +@all", NoPasswordRequired: "true" };

describe.skipIf(!canMount())("a disk that is full", () => {
  test("refuses changes by AWS's error that names it, keeps nothing of them, reads on, and takes changes when there is space", async () => {
    const small = disk();
    {
      await using server = await start(small.path);
      await server.createFunction("f");
      const blobs = await readdir(join(small.path, "blobs"));
      small.fill();
      const refused = [
        await server.lambda("POST", functionsPath, newFunction),
        await server.lambda("PUT", `${functionsPath}/f/configuration`, { Description: "changed", MemorySize: 512 }),
        await server.lambda("DELETE", `${functionsPath}/f`),
        await server.lambda("POST", `${functionsPath}/f/invocations`, { n: 1 }, { "x-amz-invocation-type": "Event" }),
        await server.elasticache("CreateUser", user),
      ];
      for (const { status, text } of refused)
        expect([status, text]).toEqual([
          500,
          expect.stringMatching(/FC_STORAGE_FULL: .*records\.db cannot grow, the disk is full/),
        ]);
      expect(refused[4]?.text).toContain("<Code>InternalFailure</Code>");
      const ready = await server.lambda("GET", "/_fakecloud/ready");
      expect([ready.status, ready.text]).toEqual([503, expect.stringContaining("the disk is full")]);
      await expectUnchanged(server);
      expect(await readdir(join(small.path, "blobs"))).toEqual(blobs);

      small.free();
      expect((await server.lambda("GET", "/_fakecloud/ready")).status).toBe(200);
      await server.createFunction("g");
      expect((await server.elasticache("CreateUser", user)).status).toBe(200);
    }
    await using again = await start(small.path);
    const { text } = await again.lambda("GET", functionsPath);
    expect(
      (JSON.parse(text) as { Functions: { FunctionName: string }[] }).Functions.map((f) => f.FunctionName),
    ).toEqual(["f", "g"]);
    expect((await again.elasticache("DescribeUsers", { UserId: "u" })).status).toBe(200);
  });

  test("refuses code, and leaves nothing of it behind", async () => {
    const small = disk();
    await using server = await start(small.path);
    small.fill();
    const { status, text } = await server.lambda("POST", functionsPath, newFunction);
    expect([status, text]).toEqual([500, expect.stringMatching(/FC_BLOB_FULL: .*blobs cannot grow, the disk is full/)]);
    expect(JSON.parse(text)).toMatchObject({ Type: "Service" });
    small.free();
    await server.createFunction("g");
    expect(await readdir(join(small.path, "blobs"))).toHaveLength(2);
  });

  test("stops a start, of a new folder and of one with an older format, which stays as it is", async () => {
    const small = disk();
    small.fill();
    await expect(persistentStorage(small.path)).rejects.toMatchObject({ code: "FC_STORAGE_FULL" });
    small.free();
    writeFormerVersion(join(small.path, "records.db"));
    const dataKey = randomBytes(32).toString("base64");
    small.fill();
    await expect(persistentStorage(small.path, { dataKey })).rejects.toMatchObject({
      code: "FC_STORAGE_FULL",
      message: expect.stringMatching(/too full for the backup that comes first\. Nothing was changed/),
    });
    small.free();
    await using storage = await persistentStorage(small.path, { dataKey });
    expect(storage.records.collection("c.d").get("two")).toEqual([2]);
  });
});

describe.skipIf(!canMount())("a disk that is read only", () => {
  test("stops a start and names the folder and what to do", async () => {
    const small = disk();
    await (await persistentStorage(small.path))[Symbol.asyncDispose]();
    small.setReadOnly(true);
    await expect(persistentStorage(small.path)).rejects.toMatchObject({
      code: "FC_STORAGE_UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`${small.path}.*EROFS.*set another FAKECLOUD_DATA_PATH`)),
    });
  });
});

/** `f` is as it was made, runs, and is alone. */
async function expectUnchanged(server: MemoryServer): Promise<void> {
  const listed = JSON.parse((await server.lambda("GET", functionsPath)).text) as { Functions: object[] };
  expect(listed.Functions).toMatchObject([{ FunctionName: "f", Description: "", MemorySize: 128 }]);
  expect(await server.lambda("POST", `${functionsPath}/f/invocations`, { n: 1 })).toEqual({
    status: 200,
    text: '{"n":1}',
  });
  expect((await server.elasticache("DescribeUsers", { UserId: "u" })).status).toBe(404);
}
