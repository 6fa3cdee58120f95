import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { createMemoryRecordStore, deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { createMemoryBlobStore, type MemoryContext } from "../testing/index.ts";

const FunctionName = "f";
const arn = "arn:aws:lambda:us-east-1:000000000000:function:f";

/** `f` with version 1, and the alias `live` that points to it. */
async function provisionable(options: HarnessOptions = {}): Promise<Harness> {
  const rig = lambdaHarness(options);
  await makeFunction(rig, { Publish: true });
  await rig.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  return rig;
}

async function publish(rig: Harness, Timeout: number): Promise<void> {
  await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
  await rig.settle();
  await rig.client.send(new PublishVersionCommand({ FunctionName }));
  await rig.settle();
}

async function put(rig: Harness, Qualifier: string, ProvisionedConcurrentExecutions: number): Promise<unknown> {
  const input = { FunctionName, Qualifier, ProvisionedConcurrentExecutions };
  const { $metadata, ...output } = await rig.client.send(new PutProvisionedConcurrencyConfigCommand(input));
  expect($metadata.httpStatusCode).toBe(202);
  await rig.settle();
  return output;
}

async function get(rig: Harness, Qualifier: string): Promise<Record<string, unknown>> {
  const { $metadata: _, ...output } = await rig.client.send(
    new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }),
  );
  return { ...output };
}

/** Environments that are there: their version and how they were initialised. */
function present(rig: Harness): string[] {
  return rig.lambda.environments().map(({ version, initializationType }) => `${version} ${initializationType}`);
}

describe("provisioned concurrency", () => {
  test("is accepted in progress, and ready when its environments are", async () => {
    const gate = deferred<undefined>();
    const rig = await provisionable({ onLaunch: () => gate.promise });
    const accepted = {
      RequestedProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 0,
      AvailableProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
      LastModified: "2026-01-01T00:00:00+0000",
    };
    expect(await put(rig, "live", 2)).toEqual(accepted);
    expect(await get(rig, "live")).toEqual(accepted);
    gate.resolve(undefined);
    await rig.settle();
    expect(await get(rig, "live")).toEqual({
      ...accepted,
      AllocatedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
      Status: "READY",
    });
    expect(present(rig)).toEqual(["1 provisioned-concurrency", "1 provisioned-concurrency"]);
  });

  test("serves its alias and its version first, and spills over", async () => {
    const running: ReturnType<typeof deferred<undefined>>[] = [];
    const run = async (_event: unknown, { environmentId }: MemoryContext): Promise<string> => {
      const gate = deferred<undefined>();
      running.push(gate);
      await gate.promise;
      return environmentId;
    };
    const rig = await provisionable({ handlers: { f: run } });
    await put(rig, "live", 2);
    const invoke = async (Qualifier: string): Promise<unknown> =>
      JSON.parse(
        (await rig.client.send(new InvokeCommand({ FunctionName, Qualifier }))).Payload?.transformToString() ?? "",
      );
    const answers = [invoke("live"), invoke("1"), invoke("live"), invoke("$LATEST")];
    await rig.settle();
    expect(await get(rig, "live")).toMatchObject({
      AllocatedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      Status: "READY",
    });
    for (const gate of running) gate.resolve(undefined);
    expect(await Promise.all(answers)).toEqual(["memory-1", "memory-2", "memory-3", "memory-4"]);
    expect(present(rig)).toEqual([
      "1 provisioned-concurrency",
      "1 provisioned-concurrency",
      "1 on-demand",
      "$LATEST on-demand",
    ]);
  });

  test("fails with AWS's reason for the function's own fault, with the cluster's for others, and recovers", async () => {
    let fault: "init-failed" | "launch-failed" | undefined = "init-failed";
    const rig = await provisionable({ onLaunch: () => fault });
    await put(rig, "1", 1);
    expect(await get(rig, "1")).toMatchObject({ Status: "FAILED", StatusReason: "FUNCTION_ERROR_INIT_FAILURE" });
    fault = "launch-failed";
    await rig.clock.advance(1_000);
    expect(await get(rig, "1")).toMatchObject({
      Status: "FAILED",
      StatusReason: "ErrImagePull: The image could not be pulled",
      AllocatedProvisionedConcurrentExecutions: 0,
    });
    fault = undefined;
    await rig.clock.advance(2_000);
    const recovered = await get(rig, "1");
    expect(recovered).toMatchObject({ Status: "READY" });
    expect(recovered).not.toHaveProperty("StatusReason");
  });

  test("is for versions and aliases, once for each version", async () => {
    const rig = await provisionable();
    await rig.client.send(new CreateAliasCommand({ FunctionName, Name: "latest", FunctionVersion: "$LATEST" }));
    await rig.client.send(new CreateAliasCommand({ FunctionName, Name: "other", FunctionVersion: "1" }));
    const unpublished = {
      name: "InvalidParameterValueException",
      message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    };
    await expect(put(rig, "$LATEST", 1)).rejects.toMatchObject(unpublished);
    await expect(put(rig, "latest", 1)).rejects.toMatchObject(unpublished);
    await expect(put(rig, "7", 1)).rejects.toMatchObject({ message: `Function not found: ${arn}:7` });
    await expect(put(rig, "nope", 1)).rejects.toMatchObject({ message: `Cannot find alias arn: ${arn}:nope` });
    await put(rig, "live", 1);
    const conflict = { name: "ResourceConflictException", $metadata: { httpStatusCode: 409 } };
    await expect(put(rig, "1", 1)).rejects.toMatchObject({
      ...conflict,
      message: "Version is pointed by a Provisioned Concurrency alias",
    });
    const provisioned =
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
    await expect(put(rig, "other", 1)).rejects.toMatchObject({ ...conflict, message: provisioned });
    await publish(rig, 9);
    await put(rig, "2", 1);
    const live = { FunctionName, Name: "live" };
    await expect(rig.client.send(new UpdateAliasCommand({ ...live, FunctionVersion: "2" }))).rejects.toMatchObject({
      ...conflict,
      message: provisioned,
    });
    await expect(
      rig.client.send(new UpdateAliasCommand({ ...live, FunctionVersion: "$LATEST" })),
    ).rejects.toMatchObject({ message: "Invalid alias configuration for Provisioned Concurrency" });
  });

  test("cannot be managed on an alias that has weights, and stays with the main version", async () => {
    const rig = await provisionable();
    await publish(rig, 9);
    await put(rig, "live", 1);
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    await rig.client.send(new UpdateAliasCommand({ FunctionName, Name: "live", RoutingConfig }));
    await expect(put(rig, "live", 2)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Alias with weights can not be used with Provisioned Concurrency",
    });
    await rig.settle();
    expect(present(rig)).toEqual(["1 provisioned-concurrency"]);
  });

  test("moves with its alias", async () => {
    const rig = await provisionable();
    await publish(rig, 9);
    await put(rig, "live", 2);
    await rig.client.send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
    await rig.settle();
    expect(present(rig)).toEqual(["2 provisioned-concurrency", "2 provisioned-concurrency"]);
    expect(await get(rig, "live")).toMatchObject({ Status: "READY", AllocatedProvisionedConcurrentExecutions: 2 });
  });

  test("is made anew when the function's tags change, since the cluster may read them", async () => {
    const rig = await provisionable();
    await put(rig, "1", 1);
    await rig.client.send(new TagResourceCommand({ Resource: arn, Tags: { a: "b" } }));
    await rig.settle();
    expect(rig.backend.environments.map(({ over, request }) => [over, request.spec.tags])).toEqual([
      [true, {}],
      [false, { a: "b" }],
    ]);
  });

  test("waits for a version that is still being prepared", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
    await rig.settle();
    await rig.client.send(new PublishVersionCommand({ FunctionName }));
    await put(rig, "1", 1);
    await rig.settle();
    expect(await get(rig, "1")).toMatchObject({ Status: "READY" });
  });

  test("is listed, a page at a time", async () => {
    const rig = await provisionable();
    await publish(rig, 9);
    await put(rig, "live", 1);
    await put(rig, "2", 3);
    const list = async (Marker?: string): Promise<{ configs: unknown[]; marker: string | undefined }> => {
      const input = { FunctionName, MaxItems: 1, ...(Marker === undefined ? {} : { Marker }) };
      const output = await rig.client.send(new ListProvisionedConcurrencyConfigsCommand(input));
      const configs = output.ProvisionedConcurrencyConfigs ?? [];
      return {
        configs: configs.map((one) => [one.FunctionArn, one.RequestedProvisionedConcurrentExecutions, one.Status]),
        marker: output.NextMarker,
      };
    };
    const first = await list();
    const second = await list(first.marker);
    expect([first.configs, second]).toEqual([
      [[`${arn}:2`, 3, "READY"]],
      { configs: [[`${arn}:live`, 1, "READY"]], marker: undefined },
    ]);
  });

  test("goes when it is deleted, with its alias, with its version and with its function", async () => {
    const rig = await provisionable();
    const { client } = rig;
    const remove = new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "live" });
    await put(rig, "live", 1);
    expect((await client.send(remove)).$metadata.httpStatusCode).toBe(204);
    await expect(get(rig, "live")).rejects.toMatchObject({
      name: "ProvisionedConcurrencyConfigNotFoundException",
      message: "No Provisioned Concurrency Config found for this function",
      $metadata: { httpStatusCode: 404 },
    });
    // Once more is well.
    await client.send(remove);
    await put(rig, "live", 1);
    await client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    await put(rig, "1", 1);
    await client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: "1" }));
    await rig.settle();
    expect(present(rig)).toEqual([]);
    await publish(rig, 9);
    await put(rig, "2", 1);
    expect(present(rig)).toEqual(["2 provisioned-concurrency"]);
    await client.send(new DeleteFunctionCommand({ FunctionName }));
    await rig.settle();
    expect(present(rig)).toEqual([]);
    await makeFunction(rig, { Publish: true });
    const { ProvisionedConcurrencyConfigs } = await client.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
    );
    expect(ProvisionedConcurrencyConfigs).toEqual([]);
  });

  test("ends with a reset, which waits for it", async () => {
    const rig = await provisionable();
    await put(rig, "1", 3);
    await rig.lambda.reset();
    expect(present(rig)).toEqual([]);
    expect(rig.backend.environments.every(({ over }) => over)).toBe(true);
  });

  test("outlives the server: the next one allocates it anew", async () => {
    const records = createMemoryRecordStore();
    const memoryBlobs = createMemoryBlobStore();
    const first = await provisionable({ records, memoryBlobs });
    await put(first, "live", 2);
    const gate = deferred<undefined>();
    const next = lambdaHarness({ records, memoryBlobs, onLaunch: () => gate.promise });
    await next.lambda.recover();
    expect(await get(next, "live")).toMatchObject({ Status: "IN_PROGRESS", LastModified: "2026-01-01T00:00:00+0000" });
    gate.resolve(undefined);
    await next.settle();
    expect(await get(next, "live")).toMatchObject({ Status: "READY" });
    expect(present(next)).toEqual(["1 provisioned-concurrency", "1 provisioned-concurrency"]);
  });
});

describe("provisioned concurrency and other limits", () => {
  test("counts against what the function has reserved", async () => {
    const rig = await provisionable();
    await publish(rig, 9);
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 3 }));
    await put(rig, "1", 2);
    await expect(put(rig, "2", 2)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    });
    await put(rig, "1", 3);
    await expect(
      rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 })),
    ).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [3].",
    });
  });

  test("counts against the account's concurrency otherwise", async () => {
    const rig = await provisionable({ limits: { accountConcurrency: 110 } });
    await expect(put(rig, "1", 111)).rejects.toMatchObject({
      message: "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [110].",
    });
    await expect(put(rig, "1", 11)).rejects.toMatchObject({
      message:
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    });
    await put(rig, "1", 10);
    await makeFunction(rig, { FunctionName: "g" });
    await expect(
      rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "g", ReservedConcurrentExecutions: 1 })),
    ).rejects.toThrow("below its minimum value of [100]");
    const { AccountLimit } = await rig.client.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit?.UnreservedConcurrentExecutions).toBe(110);
  });

  test("is kept free for its function when others have used up the account's concurrency", async () => {
    const gate = deferred<undefined>();
    const handlers = { f: () => "f", g: () => gate.promise };
    const rig = await provisionable({ handlers, limits: { accountConcurrency: 110, maxConcurrency: 200 } });
    await put(rig, "1", 2);
    await makeFunction(rig, { FunctionName: "g" });
    const send = (name: string): Promise<unknown> => rig.client.send(new InvokeCommand({ FunctionName: name }));
    const running = Array.from({ length: 108 }, () => send("g"));
    await rig.settle();
    await expect(send("g")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ConcurrentInvocationLimitExceeded",
      $metadata: { httpStatusCode: 429 },
    });
    await send("f:1");
    gate.resolve(undefined);
    await Promise.all(running);
  });

  test("beyond what the server can run fails with the setting's name", async () => {
    const rig = await provisionable({ limits: { maxConcurrency: 2 } });
    await put(rig, "1", 3);
    expect(await get(rig, "1")).toMatchObject({
      Status: "FAILED",
      StatusReason: "FAKECLOUD_LAMBDA_MAX_CONCURRENCY allows 2 execution environments of one function",
    });
  });
});
