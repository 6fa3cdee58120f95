import { DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { type Environment, environmentsOf } from "./lib/environments.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { type Probe, startProbe } from "./lib/probe.ts";
import type { ServerProcess } from "./lib/server-process.ts";

/** What the operator sets here, so low that it counts. */
const few = {
  FAKECLOUD_LAMBDA_MAX_CONCURRENCY: "1",
  FAKECLOUD_LAMBDA_MAX_ENVIRONMENTS: "2",
  FAKECLOUD_LAMBDA_QUEUE_SIZE: "2",
};
const ofAccount = {
  FAKECLOUD_LAMBDA_MAX_CONCURRENCY: "1",
  FAKECLOUD_LAMBDA_ACCOUNT_CONCURRENCY: "101",
  FAKECLOUD_LAMBDA_KEEP_ALIVE_SECONDS: "1",
};
const long = { timeout: 30_000 };

const { startServer, machineAddress } = functionGround();
let probe: Probe;
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
beforeAll(async () => {
  probe = await startProbe(await machineAddress());
  server = await startServer({ environment: few });
  client = lambdaClient(server.url);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await probe?.[Symbol.asyncDispose]();
});

async function waiting({ url }: ServerProcess): Promise<number> {
  const { lambda } = (await (await fetch(`${url}/_fakecloud/ready`)).json()) as { lambda: { waiting: number } };
  return lambda.waiting;
}

/** Whether the cluster has the Pod of this environment. */
async function exists({ podName, namespace }: Environment, at = server): Promise<boolean> {
  const kubeconfig = at.kubeconfig === "" ? process.env["KUBECONFIG"] : at.kubeconfig;
  await using cluster = await K8sClient.connect({ ...(kubeconfig === undefined ? {} : { kubeconfig }), namespace });
  return (await cluster.getPod(podName)) !== undefined;
}

test("who waits for a function's only environment is served in the order of arrival; beyond the line one is throttled", async () => {
  await createFunction(client, node("lined", probe.source, { timeout: 60 }));
  const held = probe.hold("/event/first");
  const answers = [invoke(client, "lined", { id: "first" })];
  const { release } = await held;
  for (const [before, id] of ["second", "third"].entries()) {
    answers.push(invoke(client, "lined", { id }));
    await expect.poll(() => waiting(server), long).toBe(before + 1);
  }
  await expect(invoke(client, "lined", { id: "fourth" })).rejects.toMatchObject({
    name: "TooManyRequestsException",
    message: expect.stringMatching(/^Rate Exceeded\. ./),
  });
  release();
  expect((await Promise.all(answers)).map(({ payload }) => payload)).toEqual(["first", "second", "third"]);
  expect(probe.seen.filter((path) => path.startsWith("/event/"))).toEqual([
    "/event/first",
    "/event/second",
    "/event/third",
  ]);
});

test("at the limit of all environments the one that has been idle longest makes room, and its Pod is gone", async () => {
  for (const name of ["oldest", "older", "newest"])
    await createFunction(
      client,
      node(name, "export const handler = async () => process.env.AWS_LAMBDA_FUNCTION_NAME;"),
    );
  await invoke(client, "oldest");
  const [oldest] = await environmentsOf(server, "oldest");
  await invoke(client, "older");
  expect((await invoke(client, "newest")).payload).toBe("newest");
  expect((await environmentsOf(server)).map(({ functionName }) => functionName).toSorted()).toEqual([
    "newest",
    "older",
  ]);
  expect(oldest && (await exists(oldest))).toBe(false);
});

test("a deletion is answered when the function's idle Pod is gone", async () => {
  await createFunction(client, node("deleted", "export const handler = async () => 1;"));
  await invoke(client, "deleted");
  const [row] = await environmentsOf(server, "deleted");
  expect(row && (await exists(row))).toBe(true);
  await client.send(new DeleteFunctionCommand({ FunctionName: "deleted" }));
  expect(row && (await exists(row))).toBe(false);
});

test("an account runs so many events at once in a region, those that wait included; an idle environment goes after its time", async () => {
  await using other = await startServer({ environment: ofAccount });
  // One has fifty connections.
  const clients = [1, 2, 3].map(() => lambdaClient(other.url)) as [typeof client, typeof client, typeof client];
  await createFunction(clients[0], node("crowded", probe.source, { timeout: 60 }));
  await createFunction(clients[0], node("refused", probe.source));
  const held = probe.hold("/event/0");
  const answers = [invoke(clients[0], "crowded", { id: "0" })];
  const { release } = await held;
  const [environment] = await environmentsOf(other);
  for (let n = 1; n < 101; n += 1) answers.push(invoke(clients[n % 3] ?? clients[0], "crowded", { id: String(n) }));
  await expect.poll(() => waiting(other), long).toBe(100);
  await expect(invoke(clients[0], "refused", { id: "none" })).rejects.toMatchObject({
    name: "TooManyRequestsException",
    message: "Rate Exceeded.",
    Reason: "ConcurrentInvocationLimitExceeded",
  });
  const elsewhere = lambdaClient(other.url, "eu-west-1");
  await createFunction(elsewhere, node("refused", probe.source));
  expect((await invoke(elsewhere, "refused", { id: "elsewhere" })).payload).toBe("elsewhere");
  release();
  expect((await Promise.all(answers)).map(({ payload }) => payload)).toEqual(answers.map((_, n) => String(n)));
  await expect.poll(() => environmentsOf(other), long).toEqual([]);
  expect(environment && (await exists(environment, other))).toBe(false);
});
