import { randomBytes } from "node:crypto";
import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-provisioned-${randomBytes(4).toString("hex")}`;
const long = { timeout: 120_000, interval: 500 };
const FunctionName = "provisioned";
const config = { FunctionName, Qualifier: "live" };
let server: ServerProcess;

beforeAll(async () => {
  await createNamespace(namespace);
  server = await startServerOnCluster(namespace, { FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "0" });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

async function pods(): Promise<string[]> {
  const path = 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}';
  const text = await kubectl("get", "pods", "-n", namespace, "-l", `fakecloud-lambda=${FunctionName}`, "-o", path);
  return text.split("\n").filter((line) => line !== "");
}

/** Makes the function with version 1, the alias `live`, and so many environments for it; waits until they are there. */
async function provision(client: LambdaClient, count: number): Promise<void> {
  const source = "export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;";
  await createFunction(client, node(FunctionName, source));
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  const input = { ...config, ProvisionedConcurrentExecutions: count };
  await client.send(new PutProvisionedConcurrencyConfigCommand(input));
  await expect.poll(() => stateOf(client), long).toEqual(["READY", count]);
}

async function stateOf(client: LambdaClient): Promise<unknown> {
  const answer = await client.send(new GetProvisionedConcurrencyConfigCommand(config));
  return [answer.Status, answer.AllocatedProvisionedConcurrentExecutions];
}

test("provisioned concurrency is Pods: started before any event, replaced when one is deleted, gone with the configuration", async () => {
  const client = lambdaClient(server.url);
  const type = async (): Promise<unknown> => (await invoke(client, `${FunctionName}:live`)).payload;
  await provision(client, 2);
  // A Pod of the pool is labelled a moment after it was taken.
  await expect.poll(pods, long).toHaveLength(2);
  const started = await pods();
  expect(await type()).toBe("provisioned-concurrency");

  await kubectl("delete", "pod", "-n", namespace, started[0] ?? "", "--wait=true");
  const replaced = async (): Promise<unknown> => [await stateOf(client), (await pods()).includes(started[0] ?? "")];
  await expect.poll(replaced, long).toEqual([["READY", 2], false]);
  await expect.poll(pods, long).toHaveLength(2);
  expect(await type()).toBe("provisioned-concurrency");

  await client.send(new DeleteProvisionedConcurrencyConfigCommand(config));
  await expect.poll(pods, long).toEqual([]);
  expect(await type()).toBe("on-demand");
  // A deletion answers when the Pods are gone.
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(await pods()).toEqual([]);
});
