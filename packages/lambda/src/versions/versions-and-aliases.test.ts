import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  InvokeCommand,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction, otherZip } from "../../test/support/make-function.ts";
import { makeZip } from "../../test/support/make-zip.ts";
import type { MemoryContext } from "../testing/index.ts";

const timeoutOf = { f: (_event: unknown, { spec }: MemoryContext) => `${spec.version}:${spec.timeoutSeconds}` };

async function setTimeoutOf(rig: Harness, Timeout: number): Promise<void> {
  await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", Timeout }));
  await rig.settle();
}

async function publish(rig: Harness): Promise<string | undefined> {
  return (await rig.client.send(new PublishVersionCommand({ FunctionName: "f" }))).Version;
}

async function answerOf(rig: Harness, Qualifier?: string): Promise<string> {
  const output = await rig.client.send(new InvokeCommand({ FunctionName: "f", Qualifier }));
  return `${output.ExecutedVersion} ${output.Payload?.transformToString()}`;
}

/** The files that the newest environment was launched with, and their bytes. */
async function packageOf(rig: Harness): Promise<Record<string, string>> {
  const request = rig.backend.environments.at(-1)?.request;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request?.code.content() ?? []) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  let offset = 0;
  const files: Record<string, string> = {};
  for (const file of request?.code.files ?? []) {
    files[file.path] = bytes.toString("utf8", offset, offset + file.sizeBytes);
    offset += file.sizeBytes;
  }
  return files;
}

describe("versions", () => {
  test("publishing is idempotent until something changes, and a number is never given twice", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    const numbers = [await publish(rig), await publish(rig)];
    await setTimeoutOf(rig, 9);
    numbers.push(await publish(rig));
    await rig.client.send(new DeleteFunctionCommand({ FunctionName: "f", Qualifier: "2" }));
    numbers.push(await publish(rig));
    expect(numbers).toEqual(["1", "1", "2", "3"]);
    const { Versions } = await rig.client.send(new ListVersionsByFunctionCommand({ FunctionName: "f" }));
    expect(Versions?.map((one) => one.Version)).toEqual(["$LATEST", "1", "3"]);
  });

  test("a version runs the configuration and the code that it was published with", async () => {
    const rig = lambdaHarness({ handlers: timeoutOf });
    await makeFunction(rig);
    await publish(rig);
    await setTimeoutOf(rig, 9);
    await rig.client.send(new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: otherZip }));
    await rig.settle();
    expect(await answerOf(rig)).toBe('$LATEST "$LATEST:9"');
    expect(await packageOf(rig)).toEqual({ "/var/task/index.js": "exports.handler = async () => 2" });
    expect(await answerOf(rig, "1")).toBe('1 "1:3"');
    expect(await packageOf(rig)).toEqual({ "/var/task/index.js": "exports.handler = async (event) => event" });
  });

  test("one that does not exist is not found, and $LATEST does not run in its place", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    await publish(rig);
    for (const Qualifier of ["2", "live"])
      await expect(rig.client.send(new InvokeCommand({ FunctionName: "f", Qualifier }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        $metadata: { httpStatusCode: 404 },
      });
    expect(rig.backend.launches).toBe(0);
  });

  test("an update with Publish makes the version from the new code, also when it names the revision that it changes", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    const { RevisionId } = await rig.client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }));
    const made = await rig.client.send(
      new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: otherZip, Publish: true, RevisionId }),
    );
    await rig.settle();
    expect([made.Version, made.CodeSize]).toEqual(["2", otherZip.byteLength]);
    await answerOf(rig, "2");
    expect(await packageOf(rig)).toEqual({ "/var/task/index.js": "exports.handler = async () => 2" });
  });

  test("a CodeSha256 that is not the current one is refused", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    await expect(
      rig.client.send(new PublishVersionCommand({ FunctionName: "f", CodeSha256: "x" })),
    ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });
});

describe("aliases", () => {
  test("a weighted alias sends its share to the additional version", async () => {
    let next = 0;
    const rig = lambdaHarness({ handlers: timeoutOf, random: () => next });
    await makeFunction(rig);
    await publish(rig);
    await setTimeoutOf(rig, 9);
    await publish(rig);
    await rig.client.send(
      new CreateAliasCommand({
        FunctionName: "f",
        Name: "live",
        FunctionVersion: "1",
        RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } },
      }),
    );
    next = 0.24;
    expect(await answerOf(rig, "live")).toBe('2 "2:9"');
    next = 0.25;
    expect(await answerOf(rig, "live")).toBe('1 "1:3"');
  });

  test("a version that an alias needs cannot be deleted", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    await rig.client.send(new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }));
    await expect(
      rig.client.send(new DeleteFunctionCommand({ FunctionName: "f", Qualifier: "1" })),
    ).rejects.toMatchObject({ name: "ResourceConflictException" });
  });

  test("an alias is made once, points only to versions that exist, and is changed with its revision", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    const live = { FunctionName: "f", Name: "live" };
    await expect(rig.client.send(new CreateAliasCommand({ ...live, FunctionVersion: "7" }))).rejects.toMatchObject({
      message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7",
    });
    const made = await rig.client.send(new CreateAliasCommand({ ...live, FunctionVersion: "1" }));
    expect(made.$metadata.httpStatusCode).toBe(201);
    await expect(rig.client.send(new CreateAliasCommand({ ...live, FunctionVersion: "1" }))).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: "Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:f:live",
    });
    await expect(rig.client.send(new UpdateAliasCommand({ ...live, RevisionId: "x" }))).rejects.toMatchObject({
      name: "PreconditionFailedException",
    });
    await rig.client.send(new UpdateAliasCommand({ ...live, RevisionId: made.RevisionId, FunctionVersion: "$LATEST" }));
    expect(await rig.client.send(new GetAliasCommand(live))).toMatchObject({
      FunctionVersion: "$LATEST",
      Description: "",
    });
    const listed = await rig.client.send(new ListAliasesCommand({ FunctionName: "f", FunctionVersion: "1" }));
    expect(listed.Aliases).toEqual([]);
  });
});

describe("layers", () => {
  test("a layer version is found by its ARN, and by its number", async () => {
    const rig = lambdaHarness();
    const Content = { ZipFile: makeZip({ a: "b" }) };
    const made = await rig.client.send(new PublishLayerVersionCommand({ LayerName: "one", Content }));
    const byArn = await rig.client.send(new GetLayerVersionByArnCommand({ Arn: made.LayerVersionArn }));
    const byNumber = await rig.client.send(new GetLayerVersionCommand({ LayerName: "one", VersionNumber: 1 }));
    expect(byArn).toMatchObject({ LayerVersionArn: made.LayerVersionArn, Version: 1 });
    expect(byArn.Content?.CodeSha256).toBe(byNumber.Content?.CodeSha256);
  });

  test("layers lie below /opt, the later one wins, and outlive the deletion of the layer version", async () => {
    const rig = lambdaHarness();
    const layer = async (LayerName: string, files: Record<string, string>): Promise<string> => {
      const made = await rig.client.send(
        new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: makeZip(files) } }),
      );
      return made.LayerVersionArn ?? "";
    };
    const Layers = [
      await layer("one", { "lib/a": "one a", "lib/b": "one b" }),
      await layer("two", { "lib/b": "two b", "lib/c": "two c" }),
    ];
    await makeFunction(rig, { Layers });
    await rig.client.send(new DeleteLayerVersionCommand({ LayerName: "one", VersionNumber: 1 }));
    await answerOf(rig);
    expect(await packageOf(rig)).toEqual({
      "/var/task/index.js": "exports.handler = async (event) => event",
      "/opt/lib/a": "one a",
      "/opt/lib/b": "two b",
      "/opt/lib/c": "two c",
    });
    await rig.client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    expect(rig.blobs.names()).toHaveLength(2);
  });
});
