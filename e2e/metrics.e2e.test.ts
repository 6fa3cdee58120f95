import { InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Name with labels to value. */
async function metrics(): Promise<ReadonlyMap<string, number>> {
  const lines = (await (await fetch(`${server.url}/metrics`)).text()).split("\n");
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

test("metrics follow functions from their launch to how their events end", async () => {
  const client = lambdaClient(server.url);
  await createFunction(
    client,
    node("measured", "export const handler = async ({ fail }) => { if (fail) throw new Error('no'); return 1; };"),
  );
  await invoke(client, "measured", {});
  await invoke(client, "measured", { fail: true });
  await client.send(new InvokeCommand({ FunctionName: "measured", Payload: "{}" }));
  const concurrency = { FunctionName: "measured", ReservedConcurrentExecutions: 0 };
  await client.send(new PutFunctionConcurrencyCommand(concurrency));
  await expect(invoke(client, "measured", {})).rejects.toMatchObject({ name: "TooManyRequestsException" });
  const seen = await metrics();
  const of = (name: string): number | undefined => seen.get(name);
  expect(of('fakecloud_lambda_invocations_total{result="success"}')).toBe(2);
  expect(of('fakecloud_lambda_invocations_total{result="error"}')).toBe(1);
  expect(of("fakecloud_lambda_init_duration_seconds_count")).toBe(1);
  expect(of('fakecloud_lambda_environments{phase="idle"}')).toBe(1);
  expect(of("fakecloud_lambda_throttles_total")).toBe(1);
  expect(of('fakecloud_aws_request_duration_seconds_count{service="lambda",operation="Invoke"}')).toBe(4);
  expect(of('fakecloud_kubernetes_requests_total{method="POST",status="201"}')).toBeGreaterThan(0);
  const launches = [...seen].filter(([name]) => name.startsWith("fakecloud_lambda_pool_launches_total{"));
  expect(launches.reduce((sum, [, count]) => sum + count, 0)).toBe(1);
});
