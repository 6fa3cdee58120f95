import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient, quickly } from "./lib/clients.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node, role, zipOf } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer } = functionGround();
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
beforeAll(async () => {
  server = await startServer();
  client = lambdaClient(server.url);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const answering = (text: string): string => `export const handler = async () => ${JSON.stringify(text)};`;

async function updateCode(name: string, source: string): Promise<void> {
  await client.send(
    new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await zipOf({ "index.mjs": source }) }),
  );
  await waitUntilFunctionUpdatedV2({ client, ...quickly }, { FunctionName: name });
}

describe("a function's life", () => {
  test("is Pending after create, then Active, with AWS's defaults and an ARN of account and region", async () => {
    const created = await client.send(
      new CreateFunctionCommand({
        FunctionName: "life",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: role,
        Code: { ZipFile: await zipOf({ "index.mjs": answering("x") }) },
      }),
    );
    expect(created).toMatchObject({
      State: "Pending",
      FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:life",
      Timeout: 3,
      MemorySize: 128,
      PackageType: "Zip",
      Architectures: ["x86_64"],
      Version: "$LATEST",
    });
    await createFunction(client, node("life-two", answering("x")));
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "life" }));
    expect(Configuration).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
  });

  test("gives a Code.Location that downloads the very zip", async () => {
    const files = { "index.mjs": answering("download") };
    await createFunction(client, node("downloadable", files["index.mjs"]));
    const { Code, Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "downloadable" }));
    const download = await fetch(Code?.Location ?? "");
    const bytes = new Uint8Array(await download.arrayBuffer());
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("base64");
    expect(download.status).toBe(200);
    expect(digest).toBe(Configuration?.CodeSha256);
    expect(bytes.byteLength).toBe(Configuration?.CodeSize);
  });

  test("updates code and configuration, and the next invocation sees both", async () => {
    await createFunction(client, node("updated", "export const handler = async () => process.env.COLOUR ?? 'none';"));
    expect((await invoke(client, "updated")).payload).toBe("none");
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: "updated",
        Environment: { Variables: { COLOUR: "blue" } },
        Timeout: 5,
      }),
    );
    await waitUntilFunctionUpdatedV2({ client, ...quickly }, { FunctionName: "updated" });
    expect((await invoke(client, "updated")).payload).toBe("blue");
    await updateCode("updated", answering("second code"));
    expect((await invoke(client, "updated")).payload).toBe("second code");
    expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: "updated" }))).toMatchObject({
      Timeout: 5,
    });
  });

  test("is listed until it is deleted, and then unknown", async () => {
    await createFunction(client, node("deleted", answering("x")));
    await invoke(client, "deleted");
    expect((await client.send(new ListFunctionsCommand({}))).Functions?.map((fn) => fn.FunctionName)).toContain(
      "deleted",
    );
    const answer = await client.send(new DeleteFunctionCommand({ FunctionName: "deleted" }));
    expect(answer.$metadata.httpStatusCode).toBe(204);
    await expect(client.send(new GetFunctionCommand({ FunctionName: "deleted" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:123456789012:function:deleted",
    });
    await expect(invoke(client, "deleted")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("is not known in another region or to another account", async () => {
    await createFunction(client, node("at-home", answering("x")));
    for (const stranger of [
      lambdaClient(server.url, "eu-west-1"),
      lambdaClient(server.url, "us-east-1", "210987654321"),
    ]) {
      await expect(stranger.send(new GetFunctionCommand({ FunctionName: "at-home" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    }
  });
});

describe("versions and aliases", () => {
  test("a version runs the code it was published with, after $LATEST has changed", async () => {
    await createFunction(client, node("versioned", answering("one")));
    const published = await client.send(new PublishVersionCommand({ FunctionName: "versioned" }));
    expect(published.Version).toBe("1");
    await updateCode("versioned", answering("two"));
    expect(await invoke(client, "versioned", {}, { Qualifier: "1" })).toMatchObject({ payload: "one", version: "1" });
    expect(await invoke(client, "versioned")).toMatchObject({ payload: "two", version: "$LATEST" });
    expect(await invoke(client, "versioned:1")).toMatchObject({ payload: "one" });
    const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "versioned" }));
    expect(Versions?.map((version) => version.Version)).toEqual(["$LATEST", "1"]);
  });

  test("an alias shares its calls out by weight", async () => {
    await createFunction(client, node("weighted", answering("one")));
    await client.send(new PublishVersionCommand({ FunctionName: "weighted" }));
    await updateCode("weighted", answering("two"));
    await client.send(new PublishVersionCommand({ FunctionName: "weighted" }));
    await client.send(
      new CreateAliasCommand({
        FunctionName: "weighted",
        Name: "live",
        FunctionVersion: "1",
        RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } },
      }),
    );
    const seen = new Set<string>();
    for (let calls = 0; calls < 60 && seen.size < 2; calls += 1)
      seen.add((await invoke(client, "weighted", {}, { Qualifier: "live" })).payload);
    expect([...seen].sort()).toEqual(["one", "two"]);
    await client.send(
      new UpdateAliasCommand({
        FunctionName: "weighted",
        Name: "live",
        FunctionVersion: "2",
        RoutingConfig: { AdditionalVersionWeights: {} },
      }),
    );
    expect(await client.send(new GetAliasCommand({ FunctionName: "weighted", Name: "live" }))).toMatchObject({
      FunctionVersion: "2",
    });
    expect(await invoke(client, "weighted:live")).toMatchObject({ payload: "two", version: "2" });
  });
});

describe("tags, limits and bad input", () => {
  test("tags are added, listed and removed", async () => {
    await createFunction(client, node("tagged", answering("x")));
    const Resource = "arn:aws:lambda:us-east-1:123456789012:function:tagged";
    await client.send(new TagResourceCommand({ Resource, Tags: { team: "red", empty: "" } }));
    expect((await client.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ team: "red", empty: "" });
    await client.send(new UntagResourceCommand({ Resource, TagKeys: ["team"] }));
    expect((await client.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ empty: "" });
  });

  test("reserved concurrency of zero throttles with AWS's reason, and account settings count it", async () => {
    await createFunction(client, node("reserved", answering("x")));
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: "reserved", ReservedConcurrentExecutions: 0 }));
    expect(await client.send(new GetFunctionConcurrencyCommand({ FunctionName: "reserved" }))).toMatchObject({
      ReservedConcurrentExecutions: 0,
    });
    await expect(invoke(client, "reserved")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "reserved", ReservedConcurrentExecutions: 10 }),
    );
    const settings = await client.send(new GetAccountSettingsCommand({}));
    expect(settings.AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 990 });
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "reserved" }));
    expect((await invoke(client, "reserved")).payload).toBe("x");
  });

  test.for([
    ["an unknown runtime", { Runtime: "cobol1.x" as never }, "InvalidParameterValueException"],
    ["a file that is no zip", { Code: { ZipFile: Buffer.from("not a zip") } }, "InvalidParameterValueException"],
    ["a name that AWS refuses", { FunctionName: "no spaces allowed" }, "ValidationException"],
    ["a role that is no ARN", { Role: "me" }, "ValidationException"],
    ["too much memory", { MemorySize: 99_999 }, "ValidationException"],
  ] as const)("%s is refused, and nothing is created", async ([, wrong, name]) => {
    const good = {
      FunctionName: "refused",
      Runtime: "nodejs22.x" as const,
      Handler: "index.handler",
      Role: role,
      Code: { ZipFile: await zipOf({ "index.mjs": "" }) },
    };
    await expect(client.send(new CreateFunctionCommand({ ...good, ...wrong }))).rejects.toMatchObject({ name });
    await expect(client.send(new GetFunctionCommand({ FunctionName: "refused" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
