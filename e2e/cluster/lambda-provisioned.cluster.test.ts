import { randomBytes } from "node:crypto";
import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
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

test("provisioned concurrency is Pods: started before any event, replaced when one is deleted, gone with the configuration", async () => {
  const client = lambdaClient(server.url);
  const type = async (): Promise<unknown> => (await invoke(client, `${FunctionName}:live`)).payload;
  const state = async (): Promise<unknown> => {
    const answer = await client.send(new GetProvisionedConcurrencyConfigCommand(config));
    return [answer.Status, answer.AllocatedProvisionedConcurrentExecutions];
  };
  await createFunction(
    client,
    node(FunctionName, "export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;"),
  );
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  await client.send(new PutProvisionedConcurrencyConfigCommand({ ...config, ProvisionedConcurrentExecutions: 2 }));
  await expect.poll(state, long).toEqual(["READY", 2]);
  const started = await pods();
  expect(started).toHaveLength(2);
  expect(await type()).toBe("provisioned-concurrency");

  await kubectl("delete", "pod", "-n", namespace, started[0] ?? "", "--wait=true");
  const replaced = async (): Promise<unknown> => [await state(), (await pods()).includes(started[0] ?? "")];
  await expect.poll(replaced, long).toEqual([["READY", 2], false]);
  expect(await pods()).toHaveLength(2);
  expect(await type()).toBe("provisioned-concurrency");

  await client.send(new DeleteProvisionedConcurrencyConfigCommand(config));
  await expect.poll(pods, long).toEqual([]);
  expect(await type()).toBe("on-demand");
  // A deletion answers when the Pods are gone.
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(await pods()).toEqual([]);
});
