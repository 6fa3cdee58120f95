import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type CodeObject, EventSourceError } from "@fc/lambda/event-sources";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAwsCodeObjects } from "../src/index.ts";

const region = "us-east-1";
const { signal } = new AbortController();

async function bytesOf({ content }: CodeObject): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("without an endpoint code from S3 is refused with the setting to set", async () => {
  await using objects = createAwsCodeObjects({});
  const location = { region, bucket: "code", key: "a/b.zip" };
  await expect(objects.open(location, { signal })).rejects.toMatchObject({
    code: "FC_EVENT_SOURCE_NOT_CONFIGURED",
    message: expect.stringMatching(/^s3:\/\/code\/a\/b\.zip cannot be reached: .*FAKECLOUD_EVENT_SOURCE_ENDPOINT/),
  });
});

test("an endpoint that nobody listens at is a failure that may pass", async () => {
  await using objects = createAwsCodeObjects({ endpoint: "http://127.0.0.1:1" });
  const failure = objects.open({ region, bucket: "code", key: "k" }, { signal });
  await expect(failure).rejects.toMatchObject({ code: "FC_EVENT_SOURCE_FAILED", retryable: true });
});

describe.skipIf(await lacksAwsEmulator())("objects of an emulator of S3", () => {
  let emulator: AwsEmulator;
  let s3: S3Client;
  let objects: ReturnType<typeof createAwsCodeObjects>;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    s3 = new S3Client({ ...emulator.clientConfig, forcePathStyle: true });
    // Only S3's own endpoint is set: it has a name of its own among the services.
    objects = createAwsCodeObjects({ endpoints: { s3: emulator.url } });
    await s3.send(new CreateBucketCommand({ Bucket: "code" }));
  });
  afterAll(async () => {
    s3?.destroy();
    await objects?.[Symbol.asyncDispose]();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function put(Key: string, Body: string | Uint8Array): Promise<string | undefined> {
    return (await s3.send(new PutObjectCommand({ Bucket: "code", Key, Body }))).VersionId;
  }

  test("are read whole, with their size known before", async () => {
    const body = Buffer.alloc(3_000_000, "zip");
    await put("deep/er/a b+ü.zip", body);
    const object = await objects.open({ region, bucket: "code", key: "deep/er/a b+ü.zip" }, { signal });
    expect(object.sizeBytes).toBe(3_000_000);
    expect((await bytesOf(object)).equals(body)).toBe(true);
  });

  test("have versions", async () => {
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: "code", VersioningConfiguration }));
    const objectVersion = (await put("v.zip", "old")) ?? "";
    await put("v.zip", "new");
    const location = { region, bucket: "code", key: "v.zip" };
    const old = await bytesOf(await objects.open({ ...location, objectVersion }, { signal }));
    const newest = await bytesOf(await objects.open(location, { signal }));
    expect([old.toString(), newest.toString()]).toEqual(["old", "new"]);
  });

  test.each([
    ["nope", "k", "NoSuchBucket", /bucket does not exist/],
    ["code", "nope", "NoSuchKey", /key does not exist/],
  ])("that are not there, %s/%s, are told in S3's words", async (bucket, key, s3Code, message) => {
    const error: unknown = await objects.open({ region, bucket, key }, { signal }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EventSourceError);
    expect(error).toMatchObject({ code: "FC_EVENT_SOURCE_NOT_FOUND", details: { s3Code } });
    expect((error as EventSourceError).message).toMatch(message);
  });

  test("can be left half read", async () => {
    await put("large.zip", Buffer.alloc(20_000_000));
    const { content } = await objects.open({ region, bucket: "code", key: "large.zip" }, { signal });
    for await (const chunk of content) {
      expect(chunk.byteLength).toBeLessThan(20_000_000);
      break;
    }
    // The client is as good as before.
    expect((await objects.open({ region, bucket: "code", key: "large.zip" }, { signal })).sizeBytes).toBe(20_000_000);
  });
});
