import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { createFileBlobStore, createMemoryRecordStore } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLambda, type Lambda } from "../src/index.ts";
import { memoryBackend } from "../src/testing/index.ts";
import { listen } from "./support/http-gateway.ts";
import { role } from "./support/lambda-harness.ts";
import { codeZip } from "./support/make-function.ts";

describe("Lambda over HTTP, with the official client", () => {
  let directory: string;
  let lambda: Lambda;
  let server: Awaited<ReturnType<typeof listen>>;
  let client: LambdaClient;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-lambda-"));
    lambda = createLambda({
      backend: memoryBackend({ handlers: { f: (event, context) => ({ event, memory: context.spec.memorySizeMb }) } }),
      records: createMemoryRecordStore(),
      blobs: createFileBlobStore(directory),
    });
    server = await listen([lambda.service]);
    client = new LambdaClient({
      region: "us-east-1",
      endpoint: server.url,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
    await lambda[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  async function make(FunctionName: string): Promise<void> {
    const Code = { ZipFile: codeZip };
    await client.send(
      new CreateFunctionCommand({ FunctionName, Runtime: "python3.13", Handler: "a.b", Role: role, Code }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 20, minDelay: 1 }, { FunctionName });
  }

  test("a function is made, waited for, invoked, changed, and deleted with its code", async () => {
    await make("f");
    const { Code } = await client.send(new GetFunctionCommand({ FunctionName: "f" }));
    expect(Code?.Location).toMatch(new RegExp(`^${server.url}/_fakecloud/lambda/download/[0-9a-f]{64}$`));
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", MemorySize: 256 }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 20, minDelay: 1 }, { FunctionName: "f" });
    const output = await client.send(
      new InvokeCommand({
        FunctionName: `${role.replace("iam::", "lambda:us-east-1:").replace("role/r", "function:f")}`,
        Payload: '"hi"',
        LogType: "Tail",
      }),
    );
    expect(JSON.parse(output.Payload?.transformToString() ?? "")).toEqual({ event: "hi", memory: 256 });
    expect(Buffer.from(output.LogResult ?? "", "base64").toString()).toMatch(
      /^START RequestId: [0-9a-f-]+ Version: \$LATEST\n/,
    );
    await client.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    expect(await readdir(directory)).toEqual([]);
  });

  test("the client's paginator walks through every page", async () => {
    for (const name of ["a", "b", "c"]) await make(name);
    const names: (string | undefined)[] = [];
    for await (const page of paginateListFunctions({ client, pageSize: 1 }, {}))
      names.push(...(page.Functions ?? []).map((one) => one.FunctionName));
    expect(names).toEqual(["a", "b", "c"]);
  });
});
