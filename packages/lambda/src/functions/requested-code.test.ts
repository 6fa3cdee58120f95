import {
  CreateFunctionCommand,
  type FunctionCode,
  GetFunctionCommand,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness, role } from "../../test/support/lambda-harness.ts";
import { codeZip, makeFunction, otherZip } from "../../test/support/make-function.ts";
import { makeZip } from "../../test/support/make-zip.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";
import { type MemoryCodeObjects, memoryCodeObjects } from "../testing/index.ts";

const large = makeZip({ "noise.txt": Array.from({ length: 20_000 }, (_, n) => (n * n * 7_919) % 104_729).join() });

function rigOf(limits = {}): Harness & { readonly objects: MemoryCodeObjects } {
  const objects = memoryCodeObjects({
    "bucket/code.zip": codeZip,
    "bucket/code.zip?versionId=old": otherZip,
    "bucket/large.zip": large,
    "bucket/no.zip": Buffer.from("no zip"),
  });
  return { ...lambdaHarness({ codeObjects: objects, limits }), objects };
}

async function shaOf(rig: Harness): Promise<string | undefined> {
  return (await rig.client.send(new GetFunctionCommand({ FunctionName: "f" }))).Configuration?.CodeSha256;
}

describe("code from S3", () => {
  test("is the function's, and comes from Code.Location like any other", async () => {
    const rig = rigOf();
    await makeFunction(rig, { Code: { S3Bucket: "bucket", S3Key: "code.zip" } });
    const { Configuration, Code } = await rig.client.send(new GetFunctionCommand({ FunctionName: "f" }));
    expect(Configuration).toMatchObject({ CodeSize: codeZip.byteLength, State: "Active" });
    const token = new URL(Code?.Location ?? "").pathname.split("/").at(-1) ?? "";
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await rig.lambda.download(token))?.content ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(codeZip));
    expect(rig.objects.opened).toEqual([{ region: "us-east-1", bucket: "bucket", key: "code.zip" }]);
  });

  test("is read in the version that is asked for, by updates and layers too", async () => {
    const rig = rigOf();
    await makeFunction(rig);
    const before = await shaOf(rig);
    const old = { S3Bucket: "bucket", S3Key: "code.zip", S3ObjectVersion: "old" };
    await rig.client.send(new UpdateFunctionCodeCommand({ FunctionName: "f", ...old }));
    await rig.settle();
    expect(await shaOf(rig)).not.toBe(before);
    const { Content } = await rig.client.send(new PublishLayerVersionCommand({ LayerName: "l", Content: old }));
    expect(Content?.CodeSha256).toBe(await shaOf(rig));
  });

  test.each([
    ["nope", "code.zip", "NoSuchBucket", "The specified bucket does not exist"],
    ["bucket", "nope.zip", "NoSuchKey", "The specified key does not exist."],
  ])("from %s/%s is refused in Lambda's words", async (S3Bucket, S3Key, code, message) => {
    const rig = rigOf();
    const refusal = {
      name: "InvalidParameterValueException",
      message: `Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`,
      $metadata: { httpStatusCode: 400 },
    };
    await expect(makeFunction(rig, { Code: { S3Bucket, S3Key } })).rejects.toMatchObject(refusal);
    await makeFunction(rig);
    const update = new UpdateFunctionCodeCommand({ FunctionName: "f", S3Bucket, S3Key });
    await expect(rig.client.send(update)).rejects.toMatchObject(refusal);
    const layer = new PublishLayerVersionCommand({ LayerName: "l", Content: { S3Bucket, S3Key } });
    await expect(rig.client.send(layer)).rejects.toMatchObject(refusal);
    expect(rig.blobs.names()).toHaveLength(2);
  });

  test("that S3 denies is denied by Lambda", async () => {
    const rig = rigOf();
    rig.objects.failure = new EventSourceError("FC_EVENT_SOURCE_FAILED", "Access Denied", {
      details: { s3Code: "AccessDenied" },
    });
    await expect(makeFunction(rig, { Code: { S3Bucket: "bucket", S3Key: "code.zip" } })).rejects.toMatchObject({
      name: "AccessDeniedException",
      message:
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for bucket/code.zip. S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
      $metadata: { httpStatusCode: 403 },
    });
  });

  test("that cannot be reached now is the service's error", async () => {
    const rig = rigOf();
    rig.objects.failure = new Error("socket hang up");
    await expect(makeFunction(rig, { Code: { S3Bucket: "bucket", S3Key: "code.zip" } })).rejects.toMatchObject({
      name: "ServiceException",
      message: "s3://bucket/code.zip cannot be read: socket hang up",
    });
  });

  test("may be larger than an upload, and no larger than the unzipped limit: no more than that is read", async () => {
    const Code = { S3Bucket: "bucket", S3Key: "large.zip" };
    await makeFunction(rigOf({ zippedBytes: 100 }), { Code });
    const small = rigOf({ unzippedBytes: 5_000 });
    await expect(makeFunction(small, { Code })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Unzipped size must be smaller than 5000 bytes",
    });
    expect(small.objects.bytesRead).toBeLessThan(large.byteLength / 4);
  });

  test.each<[string, FunctionCode, string]>([
    ["no zip", { S3Bucket: "bucket", S3Key: "no.zip" }, "Could not unzip uploaded file."],
    ["a bucket alone", { S3Bucket: "bucket" }, "Please provide a source for function code."],
    ["an upload and a key", { ZipFile: codeZip, S3Key: "code.zip" }, "Please do not provide other FunctionCode"],
    ["a reference", { S3Bucket: "bucket", S3Key: "code.zip", S3ObjectStorageMode: "REFERENCE" }, "not implemented"],
  ])("that is %s is refused", async (_what, Code, message) => {
    await expect(makeFunction(rigOf(), { Code })).rejects.toThrow(message);
  });

  test("without a way to read it names what is missing", async () => {
    const { client } = lambdaHarness();
    const base = { FunctionName: "f", Runtime: "nodejs22.x", Handler: "h", Role: role } as const;
    const Code = { S3Bucket: "bucket", S3Key: "k" };
    await expect(client.send(new CreateFunctionCommand({ ...base, Code }))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "s3://bucket/k cannot be read: this service was made without code objects (the option codeObjects of createLambda)",
    });
  });
});
