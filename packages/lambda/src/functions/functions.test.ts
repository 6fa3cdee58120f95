import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  ListFunctionsCommand,
  PublishLayerVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness, role } from "../../test/support/lambda-harness.ts";
import { makeZip } from "../../test/support/make-zip.ts";
import { BackendError, type LaunchRequest } from "../backend/index.ts";
import { createMemoryBlobStore, type MemoryBlobStore } from "../testing/index.ts";

const ZipFile = makeZip({ "index.js": "exports.handler = async (event) => event" });
const otherZip = makeZip({ "index.js": "exports.handler = async () => 2" });

async function create(rig: Harness, input: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  const base = {
    FunctionName: "f",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: role,
    Code: { ZipFile },
  } as const;
  await rig.client.send(new CreateFunctionCommand({ ...base, ...input }));
}

async function active(rig: Harness, input: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  await create(rig, input);
  await rig.settle();
}

function get(
  rig: Harness,
  Qualifier?: string,
): Promise<{ State?: string; LastUpdateStatus?: string; Timeout?: number; StateReason?: string }> {
  return rig.client.send(new GetFunctionConfigurationCommand({ FunctionName: "f", Qualifier })) as never;
}

/** Blobs whose reads wait for a gate, so that a function stays in transition. */
function gatedBlobs(): { blobs: MemoryBlobStore; open: () => void; close: () => void; lose: () => void } {
  const inner = createMemoryBlobStore();
  let gate = deferred<void>();
  let lost = false;
  return {
    blobs: {
      ...inner,
      read: async function* (sha256) {
        await gate.promise;
        if (lost) throw new Error("the disk is gone");
        yield* inner.read(sha256);
      },
    },
    open: () => gate.resolve(),
    close: () => {
      gate = deferred<void>();
    },
    lose: () => {
      lost = true;
      gate.resolve();
    },
  };
}

describe("creating a function", () => {
  test("the backend hears of a function that is made or changed, once that is in effect", async () => {
    const heard: string[] = [];
    const onPrepare = ({ spec, code }: Pick<LaunchRequest, "spec" | "code">): Promise<void> => {
      heard.push(`${spec.functionName} ${spec.memorySizeMb} ${code.files.length}`);
      return Promise.resolve();
    };
    const rig = lambdaHarness({ onPrepare });
    await active(rig);
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", MemorySize: 512 }));
    await rig.settle();
    expect(heard).toEqual(["f 128 1", "f 512 1"]);
  });

  test("a function whose environments do not start says so before it is invoked", async () => {
    const broken = new BackendError("FC_LAMBDA_LAUNCH_FAILED", "no such image", {
      details: { reason: "ErrImagePull" },
    });
    const rig = lambdaHarness({ onPrepare: () => Promise.reject(broken) });
    await active(rig);
    expect(await get(rig)).toMatchObject({ State: "Active", StateReason: "ErrImagePull: no such image" });
    await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    expect((await get(rig)).StateReason).toBeUndefined();
  });

  test("a new function has AWS's defaults and becomes active", async () => {
    const rig = lambdaHarness();
    await active(rig);
    const { Configuration, Code } = await rig.client.send(new GetFunctionCommand({ FunctionName: "f" }));
    expect(Configuration).toMatchObject({
      FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
      Timeout: 3,
      MemorySize: 128,
      Description: "",
      PackageType: "Zip",
      Architectures: ["x86_64"],
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: "PassThrough" },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
      LastModified: "2026-01-01T00:00:00.000+0000",
      Version: "$LATEST",
      State: "Active",
      LastUpdateStatus: "Successful",
      CodeSize: ZipFile.byteLength,
    });
    expect(Code?.RepositoryType).toBe("S3");
  });

  test("the zip can be fetched from Code.Location until the link expires", async () => {
    const rig = lambdaHarness();
    await active(rig);
    const { Code } = await rig.client.send(new GetFunctionCommand({ FunctionName: "f" }));
    const token = Code?.Location?.split("/").at(-1) ?? "";
    const found = await rig.lambda.download(token);
    const chunks: Uint8Array[] = [];
    for await (const chunk of found?.content ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(Buffer.from(ZipFile))).toBe(true);
    await rig.clock.advance(10 * 60_000);
    expect(await rig.lambda.download(token)).toBeUndefined();
  });

  test("it is pending, and cannot be invoked or changed, until its code package is prepared", async () => {
    const gate = gatedBlobs();
    const rig = lambdaHarness({ memoryBlobs: gate.blobs });
    await create(rig);
    expect(await get(rig)).toMatchObject({ State: "Pending", StateReasonCode: "Creating" });
    const refusal =
      "The operation cannot be performed at this time. The function is currently in the following state: Pending";
    await expect(rig.client.send(new InvokeCommand({ FunctionName: "f" }))).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: refusal,
    });
    const change = new UpdateFunctionConfigurationCommand({ FunctionName: "f", Timeout: 9 });
    await expect(rig.client.send(change)).rejects.toMatchObject({ message: refusal });
    gate.open();
    await rig.settle();
    expect(await get(rig)).toMatchObject({ State: "Active" });
  });

  test("a function whose code cannot be prepared fails and says why", async () => {
    const gate = gatedBlobs();
    const rig = lambdaHarness({ memoryBlobs: gate.blobs });
    await create(rig);
    gate.lose();
    await rig.settle();
    expect(await get(rig)).toMatchObject({ State: "Failed", StateReason: "the disk is gone" });
  });

  test("a second function of the same name is refused, also when both are made at once", async () => {
    const rig = lambdaHarness();
    const results = await Promise.allSettled([create(rig), create(rig)]);
    expect(results.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(create(rig)).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: "Function already exist: f",
    });
  });

  test("a refused creation leaves nothing half-made: no function and no code", async () => {
    const rig = lambdaHarness();
    const Layers = ["arn:aws:lambda:us-east-1:000000000000:layer:none:1"];
    await expect(create(rig, { Layers })).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    await expect(create(rig, { Code: { S3Bucket: "bucket", S3Key: "k" } })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    expect(rig.blobs.names()).toEqual([]);
    await active(rig);
    expect(await get(rig)).toMatchObject({ State: "Active" });
  });

  test("a layer that is deleted while the zip is checked is noticed", async () => {
    const rig = lambdaHarness();
    const layer = { LayerName: "l", Content: { ZipFile: otherZip } };
    const { LayerVersionArn = "" } = await rig.client.send(new PublishLayerVersionCommand(layer));
    const results = await Promise.allSettled([
      create(rig, { Layers: [LayerVersionArn] }),
      rig.client.send(new DeleteLayerVersionCommand({ LayerName: "l", VersionNumber: 1 })),
    ]);
    expect(results[0]).toMatchObject({ reason: { message: `Layer version ${LayerVersionArn} does not exist.` } });
    expect(rig.blobs.names()).toEqual([]);
  });

  test("accounts and regions do not see each other's functions", async () => {
    const rig = lambdaHarness();
    await active(rig);
    const other = await rig.clientOf("111111111111").send(new ListFunctionsCommand({}));
    const elsewhere = await rig.clientOf("000000000000", "eu-west-1").send(new ListFunctionsCommand({}));
    expect([other.Functions, elsewhere.Functions]).toEqual([[], []]);
  });

  test("functions of one name and code in several accounts and regions have ARNs and environments of their own", async () => {
    const homes = [
      ["000000000000", "us-east-1"],
      ["111111111111", "us-east-1"],
      ["000000000000", "eu-west-1"],
    ] as const;
    const rig = lambdaHarness({ handlers: { f: (_event, { spec: { account, region } }) => [account, region] } });
    const clients = homes.map(([account, region]) => rig.clientOf(account, region));
    for (const client of clients) await active({ ...rig, client });
    const get = new GetFunctionConfigurationCommand({ FunctionName: "f" });
    const arns = await Promise.all(clients.map(async (client) => (await client.send(get)).FunctionArn));
    expect(arns).toEqual(homes.map(([account, region]) => `arn:aws:lambda:${region}:${account}:function:f`));
    // Each ends before the next one begins: an environment of another home would be idle.
    for (const [index, client] of clients.entries()) {
      const { Payload } = await client.send(new InvokeCommand({ FunctionName: "f" }));
      expect(JSON.parse(Payload?.transformToString() ?? "")).toEqual(homes[index]);
    }
    expect(rig.backend.launches).toBe(3);
  });

  test("recovery finishes what a dead process left pending", async () => {
    const gate = gatedBlobs();
    const first = lambdaHarness({ memoryBlobs: gate.blobs });
    await create(first);
    const { blobs, records, clock } = first;
    gate.open();
    const second = lambdaHarness({ memoryBlobs: blobs, records, clock });
    await second.lambda.recover();
    await second.settle();
    expect(await get(second)).toMatchObject({ State: "Active" });
  });
});

describe("updating a function", () => {
  test("invocations run the old code until the new one is ready, and a second update is refused meanwhile", async () => {
    const gate = gatedBlobs();
    gate.open();
    const rig = lambdaHarness({
      memoryBlobs: gate.blobs,
      handlers: { f: (_event, context) => context.spec.timeoutSeconds },
    });
    await active(rig);
    gate.close();
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", Timeout: 9 }));
    expect(await get(rig)).toMatchObject({ LastUpdateStatus: "InProgress", Timeout: 9, State: "Active" });
    await expect(
      rig.client.send(new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: otherZip })),
    ).rejects.toMatchObject({
      name: "ResourceConflictException",
      message:
        "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f",
    });
    const before = await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    gate.open();
    await rig.settle();
    const after = await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    expect([before.Payload?.transformToString(), after.Payload?.transformToString()]).toEqual(["3", "9"]);
    expect(await get(rig)).toMatchObject({ LastUpdateStatus: "Successful" });
  });

  test("a failed update leaves the old configuration serving", async () => {
    const gate = gatedBlobs();
    gate.open();
    const rig = lambdaHarness({
      memoryBlobs: gate.blobs,
      handlers: { f: (_event, context) => context.spec.timeoutSeconds },
    });
    await active(rig);
    gate.close();
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", Timeout: 9 }));
    gate.lose();
    await rig.settle();
    expect(await get(rig)).toMatchObject({ LastUpdateStatus: "Failed", State: "Active" });
    expect((await rig.client.send(new InvokeCommand({ FunctionName: "f" }))).Payload?.transformToString()).toBe("3");
  });

  test("a revision that is not the latest is refused and nothing changes", async () => {
    const rig = lambdaHarness();
    await active(rig);
    await expect(
      rig.client.send(new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: otherZip, RevisionId: "x" })),
    ).rejects.toMatchObject({
      name: "PreconditionFailedException",
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    });
    expect(await rig.client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }))).toMatchObject({
      CodeSize: ZipFile.byteLength,
    });
  });

  test("a dry run changes nothing and keeps no code", async () => {
    const rig = lambdaHarness();
    await active(rig);
    const kept = rig.blobs.names();
    await rig.client.send(new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: otherZip, DryRun: true }));
    expect(rig.blobs.names()).toEqual(kept);
    expect(await get(rig)).toMatchObject({ LastUpdateStatus: "Successful" });
  });
});

describe("deleting and listing", () => {
  test("deletion answers 204 and leaves nothing: no code, no environment, no inherited settings", async () => {
    const rig = lambdaHarness();
    await active(rig, { Tags: { a: "b" } });
    await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    const { $metadata } = await rig.client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    await rig.settle();
    expect($metadata.httpStatusCode).toBe(204);
    expect([rig.blobs.names(), rig.lambda.environments()]).toEqual([[], []]);
    await active(rig);
    expect((await rig.client.send(new GetFunctionCommand({ FunctionName: "f" }))).Tags).toBeUndefined();
  });

  test("a function that is made again inherits neither limits nor permissions nor what becomes of its events", async () => {
    const FunctionName = "f";
    const rig = lambdaHarness();
    await active(rig);
    const permission = { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    await rig.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
    await rig.client.send(new AddPermissionCommand({ FunctionName, ...permission }));
    await rig.client.send(new DeleteFunctionCommand({ FunctionName }));
    await rig.settle();
    await active(rig);
    const notFound = { name: "ResourceNotFoundException" };
    const concurrency = await rig.client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(concurrency.ReservedConcurrentExecutions).toBeUndefined();
    const config = rig.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(config).rejects.toMatchObject(notFound);
    await expect(rig.client.send(new GetPolicyCommand({ FunctionName }))).rejects.toMatchObject(notFound);
    expect((await rig.client.send(new InvokeCommand({ FunctionName }))).StatusCode).toBe(200);
  });

  test("deletion answers when idle environments are gone, and does not wait for ever; busy ones finish", async () => {
    let ended: PromiseWithResolvers<void> = Promise.withResolvers();
    const busy = Promise.withResolvers<string>();
    const handlers = { f: (event: unknown) => (event === "busy" ? busy.promise : "idle") };
    const rig = lambdaHarness({ handlers, onTerminate: () => ended.promise });
    await active(rig);
    const send = (payload: unknown): Promise<InvokeCommandOutput> =>
      rig.client.send(new InvokeCommand({ FunctionName: "f", Payload: Buffer.from(JSON.stringify(payload)) }));
    const running = send("busy");
    await send("idle");
    let answered = false;
    const remove = async (): Promise<void> => {
      await rig.client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
      answered = true;
    };
    const deletion = remove();
    await rig.settle();
    expect([answered, rig.lambda.environments().map(({ state }) => state)]).toEqual([false, ["busy", "retiring"]]);
    ended.resolve();
    await deletion;
    expect(rig.lambda.environments().map(({ state }) => state)).toEqual(["busy"]);
    busy.resolve("done");
    expect((await running).Payload?.transformToString()).toBe('"done"');
    await rig.settle();
    expect(rig.lambda.environments()).toEqual([]);

    ended = Promise.withResolvers();
    await active(rig);
    await send("idle");
    const slow = rig.client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    await rig.settle();
    await rig.clock.advance(10_000);
    await slow;
    expect(rig.lambda.environments()).toHaveLength(1);
  });

  test("code that two functions share stays until the second is deleted", async () => {
    const rig = lambdaHarness();
    await active(rig);
    await active(rig, { FunctionName: "g" });
    await rig.client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    expect(rig.blobs.names()).toHaveLength(2);
    await rig.client.send(new DeleteFunctionCommand({ FunctionName: "g" }));
    expect(rig.blobs.names()).toEqual([]);
  });

  test("pages neither repeat nor skip, and the account settings count", async () => {
    const rig = lambdaHarness();
    for (const FunctionName of ["a", "b", "c"]) await active(rig, { FunctionName });
    const first = await rig.client.send(new ListFunctionsCommand({ MaxItems: 2 }));
    const second = await rig.client.send(new ListFunctionsCommand({ Marker: first.NextMarker }));
    expect([first, second].map((page) => page.Functions?.map((one) => one.FunctionName))).toEqual([["a", "b"], ["c"]]);
    expect(second.NextMarker).toBeUndefined();
    const { AccountUsage } = await rig.client.send(new GetAccountSettingsCommand({}));
    expect(AccountUsage).toEqual({ FunctionCount: 3, TotalCodeSize: 3 * ZipFile.byteLength });
  });

  test("reset waits until everything of the account is gone and leaves other accounts alone", async () => {
    const rig = lambdaHarness();
    await active(rig);
    await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    await rig.lambda.reset({ account: "999999999999" });
    expect(rig.lambda.environments()).toHaveLength(1);
    await rig.lambda.reset({ account: "000000000000" });
    expect([rig.lambda.environments(), rig.blobs.names()]).toEqual([[], []]);
    expect((await rig.client.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  });
});
