import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { SnapshotFiles } from "@fc/elasticache";
import { AwsClients } from "@fc/lambda-event-sources";
import { lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderFiles } from "../src/snapshot-files/folder-files.ts";
import { s3Files } from "../src/snapshot-files/s3-files.ts";

const region = "us-east-1";
const { signal } = new AbortController();

/** Files with one bucket, `bucket`, and what is really in it. */
interface Rig extends AsyncDisposable {
  readonly files: SnapshotFiles;
  put(key: string, bytes: Buffer): Promise<void>;
  get(key: string): Promise<Buffer>;
  keys(): Promise<string[]>;
}

async function folder(): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), "fc-files-"));
  const bucket = join(directory, "bucket");
  await mkdir(bucket);
  return {
    files: folderFiles(directory),
    put: (key, bytes) => writeFile(join(bucket, key), bytes),
    get: (key) => readFile(join(bucket, key)),
    keys: () => readdir(bucket),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

async function s3(): Promise<Rig> {
  const emulator = await startAwsEmulator();
  const client = new S3Client({ ...emulator.clientConfig, forcePathStyle: true });
  const at = { Bucket: "bucket" };
  await client.send(new CreateBucketCommand(at));
  const files = s3Files(new AwsClients({ endpoint: emulator.url }));
  return {
    files,
    put: async (Key, Body) => void (await client.send(new PutObjectCommand({ ...at, Key, Body }))),
    get: async (Key) => {
      const { Body } = await client.send(new GetObjectCommand({ ...at, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    keys: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(at));
      const { Contents = [] } = await client.send(new ListObjectsV2Command(at));
      return [...Uploads, ...Contents].map(({ Key = "" }) => Key);
    },
    [Symbol.asyncDispose]: async () => {
      await files[Symbol.asyncDispose]();
      client.destroy();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const lacks = await lacksAwsEmulator();

describe.each([
  ["a folder", folder, false],
  ["an emulator of S3", s3, lacks],
] as const)("snapshot files in %s", (_name, start, skipped) => {
  describe.skipIf(skipped)("", () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await start();
    });
    afterAll(() => rig?.[Symbol.asyncDispose]());

    const file = (key: string, bucket = "bucket") => ({ region, bucket, key });
    const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
      await work.then(
        () => "it did not fail",
        (error: { code?: string }) => error.code ?? error,
      );

    test.each([
      ["a small", 10],
      // More than S3 takes in one part.
      ["a large", 20_000_000],
    ])("%s file is written and read whole", async (_what, sizeBytes) => {
      const bytes = Buffer.alloc(sizeBytes, "snapshot");
      const name = `written-${sizeBytes}.rdb`;
      await rig.files.checkAbsent(file(name), { signal });
      await rig.files.write(file(name), chunksOf(bytes), { sizeBytes, signal });
      expect((await rig.get(name)).equals(bytes)).toBe(true);
      expect(await codeOf(rig.files.checkAbsent(file(name), { signal }))).toBe("FC_SNAPSHOT_FILES_EXISTS");
      const content = await rig.files.open(file(name), { signal });
      expect((await bytesOf(content)).equals(bytes)).toBe(true);
    });

    test("a file whose content fails half way leaves nothing", async () => {
      const before = await rig.keys();
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* chunksOf(Buffer.alloc(10_000_000));
        throw new Error("cut");
      }
      const writing = rig.files.write(file("half.rdb"), failing(), { sizeBytes: 20_000_000, signal });
      await expect(writing).rejects.toThrow("cut");
      expect(await rig.keys()).toEqual(before);
    });

    test("a file that is given up before it is written does not appear", async () => {
      const before = await rig.keys();
      const options = { sizeBytes: 10, signal: AbortSignal.abort(new Error("given up")) };
      const writing = rig.files.write(file("unwritten.rdb"), chunksOf(Buffer.alloc(10)), options);
      await expect(writing).rejects.toThrow("given up");
      expect(await rig.keys()).toEqual(before);
    });

    test("what is not there is told apart", async () => {
      expect(await codeOf(rig.files.checkAbsent(file("k", "no-such"), { signal }))).toBe("FC_SNAPSHOT_FILES_NO_BUCKET");
      expect(await codeOf(rig.files.open(file("k", "no-such"), { signal }))).toBe("FC_SNAPSHOT_FILES_NO_BUCKET");
      expect(await codeOf(rig.files.open(file("no-such.rdb"), { signal }))).toBe("FC_SNAPSHOT_FILES_NOT_FOUND");
    });

    test("a file that is given up before it is read fails its reader, and nobody else", async () => {
      await rig.put("given-up.rdb", Buffer.alloc(10));
      const stopping = new AbortController();
      const content = await rig.files.open(file("given-up.rdb"), { signal: stopping.signal });
      stopping.abort(new Error("given up"));
      await delay(10);
      await expect(bytesOf(content)).rejects.toMatchObject({ name: "AbortError" });
    });

    test("a file can be left half read", async () => {
      await rig.put("large.rdb", Buffer.alloc(20_000_000));
      for await (const chunk of await rig.files.open(file("large.rdb"), { signal })) {
        expect(chunk.byteLength).toBeLessThan(20_000_000);
        break;
      }
      await rig.files.checkAbsent(file("other.rdb"), { signal });
    });
  });
});

test.each(["../escape.rdb", "a/../../escape.rdb", "/etc/passwd", "a//b", ""])(
  "a key that leads out of the folder, as %j, is refused",
  async (key) => {
    await using rig = await folder();
    const opening = rig.files.open({ region, bucket: "bucket", key }, { signal });
    await expect(opening).rejects.toMatchObject({ code: "FC_SNAPSHOT_FILES_FORBIDDEN" });
  },
);

test("an endpoint that nobody listens at is a failure that may pass", async () => {
  await using files = s3Files(new AwsClients({ endpoint: "http://127.0.0.1:1" }));
  const checking = files.checkAbsent({ region, bucket: "bucket", key: "k" }, { signal });
  await expect(checking).rejects.toMatchObject({ code: "FC_SNAPSHOT_FILES_FAILED", retryable: true });
});

test("what a process that died had half written to a folder is removed, and nothing else", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fc-files-"));
  const bucket = join(directory, "bucket");
  await mkdir(join(bucket, "deep"), { recursive: true });
  const left = [".3f0c9f0a-6a50-4a4e-8a83-2c0a3f5cf6b2.part", "deep/.3f0c9f0a-6a50-4a4e-8a83-2c0a3f5cf6b3.part"];
  for (const name of [...left, "whole.rdb", "mine.part", ".part"]) await writeFile(join(bucket, name), "bytes");
  const files = folderFiles(directory);
  await files.write({ region, bucket: "bucket", key: "new.rdb" }, chunksOf(Buffer.from("new")), {
    sizeBytes: 3,
    signal,
  });
  expect((await readdir(bucket, { recursive: true })).toSorted()).toEqual([
    ".part",
    "deep",
    "mine.part",
    "new.rdb",
    "whole.rdb",
  ]);
  await files[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});
