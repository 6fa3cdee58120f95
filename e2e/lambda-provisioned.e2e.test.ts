import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  type GetProvisionedConcurrencyConfigCommandOutput,
  type LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { lambdaClient, quickly } from "./lib/clients.ts";
import { environmentsOf } from "./lib/environments.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node, zipOf } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer } = functionGround();
const poll = { timeout: 60_000, interval: 100 };
const source = `import { randomUUID } from "node:crypto";
const id = randomUUID();
export const handler = async (event) => {
  if (event.exit) process.exit(1);
  await new Promise((done) => setTimeout(done, event.ms ?? 0));
  return { id, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE };
};`;

async function provision(client: LambdaClient, FunctionName: string, Qualifier: string, count: number): Promise<void> {
  const input = { FunctionName, Qualifier, ProvisionedConcurrentExecutions: count };
  const { Status } = await client.send(new PutProvisionedConcurrencyConfigCommand(input));
  expect(Status).toBe("IN_PROGRESS");
}

async function get(
  client: LambdaClient,
  FunctionName: string,
  Qualifier: string,
): Promise<GetProvisionedConcurrencyConfigCommandOutput> {
  return await client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
}

/** Waits until all of it is there. */
async function ready(client: LambdaClient, name: string, qualifier: string, count: number): Promise<void> {
  const state = async (): Promise<unknown> => {
    const { Status, AvailableProvisionedConcurrentExecutions: available } = await get(client, name, qualifier);
    return [Status, available];
  };
  await expect.poll(state, poll).toEqual(["READY", count]);
}

/** Environments of a function: their version, and how they were initialised. */
async function environments(at: ServerProcess, name: string): Promise<string[]> {
  const own = await environmentsOf(at, name);
  return own.map(({ version, initializationType }) => `${version} ${initializationType}`).sort();
}

let server: ServerProcess;
let client: LambdaClient;
beforeAll(async () => {
  server = await startServer();
  client = lambdaClient(server.url);
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** A function with version 1 and the alias `live`. */
async function publish(lambda: LambdaClient, FunctionName: string, text = source): Promise<void> {
  await createFunction(lambda, node(FunctionName, text));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
}

async function publishAgain(FunctionName: string, text: string): Promise<void> {
  const ZipFile = await zipOf({ "index.mjs": text });
  await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  await waitUntilFunctionUpdatedV2({ client, ...quickly }, { FunctionName });
  await client.send(new PublishVersionCommand({ FunctionName }));
}

test("provisioned environments serve first, more spill over, and one that dies is replaced", async () => {
  await publish(client, "spill");
  await provision(client, "spill", "live", 2);
  await ready(client, "spill", "live", 2);
  const answers = await Promise.all([1, 2, 3].map(() => invoke(client, "spill:live", { ms: 1_500 })));
  const types = answers.map(({ payload }) => payload.type).sort();
  expect(types).toEqual(["on-demand", "provisioned-concurrency", "provisioned-concurrency"]);
  expect(new Set(answers.map(({ payload }) => payload.id)).size).toBe(3);
  // A provisioned environment ran no init phase for its first event.
  const { payload, log } = await invoke(client, "spill:1", {}, { LogType: "Tail" });
  expect(payload.type).toBe("provisioned-concurrency");
  expect(log).not.toContain("Init Duration");
  expect((await invoke(client, "spill:live", { exit: true })).error).toBe("Unhandled");
  await ready(client, "spill", "live", 2);
  const input = { FunctionName: "spill", Qualifier: "live" };
  await client.send(new DeleteProvisionedConcurrencyConfigCommand(input));
  await expect(get(client, "spill", "live")).rejects.toMatchObject({
    name: "ProvisionedConcurrencyConfigNotFoundException",
  });
  await expect.poll(() => environments(server, "spill"), poll).toEqual(["1 on-demand"]);
});

test("it moves with its alias, and says when the new version cannot start", async () => {
  await publish(client, "moves");
  await provision(client, "moves", "live", 1);
  await ready(client, "moves", "live", 1);
  await publishAgain("moves", `${source}\n// changed`);
  const alias = { FunctionName: "moves", Name: "live" };
  await client.send(new UpdateAliasCommand({ ...alias, FunctionVersion: "2" }));
  await ready(client, "moves", "live", 1);
  await expect.poll(() => environments(server, "moves"), poll).toEqual(["2 provisioned-concurrency"]);
  await publishAgain("moves", "throw new Error('no init');");
  await client.send(new UpdateAliasCommand({ ...alias, FunctionVersion: "3" }));
  await expect
    .poll(() => get(client, "moves", "live"), poll)
    .toMatchObject({
      Status: "FAILED",
      StatusReason: "FUNCTION_ERROR_INIT_FAILURE",
      AllocatedProvisionedConcurrentExecutions: 0,
    });
});

test("after kill -9 the next server allocates it anew, and has Pods ready for the functions that it finds", async () => {
  const path = await mkdtemp(join(tmpdir(), "fc-data-"));
  onTestFinished(() => rm(path, { recursive: true }));
  const args = ["--data-path", path];
  const first = await startServer({ args });
  await publish(lambdaClient(first.url), "kept");
  await provision(lambdaClient(first.url), "kept", "live", 1);
  await ready(lambdaClient(first.url), "kept", "live", 1);
  await first.stop("SIGKILL");

  await using second = await startServer({ args });
  const again = lambdaClient(second.url);
  await ready(again, "kept", "live", 1);
  expect((await invoke(again, "kept:live")).payload.type).toBe("provisioned-concurrency");
  // Nobody has invoked $LATEST: its Pod waits because the function is there.
  const waiting = async (): Promise<number> => {
    const answer = (await (await fetch(`${second.url}/_fakecloud/lambda/pools`)).json()) as {
      pools: { waiting: number }[];
    };
    return answer.pools.reduce((sum, pool) => sum + pool.waiting, 0);
  };
  await expect.poll(waiting, poll).toBe(1);
});
