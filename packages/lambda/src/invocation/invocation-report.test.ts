import { InvokeCommand } from "@aws-sdk/client-lambda";
import { deferred } from "@fc/core";
import { expect, test } from "vitest";
import { type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { MemoryFault } from "../testing/index.ts";
import type { InvocationReport } from "./invocation-report.ts";

async function ends(options: HarnessOptions, calls = 1): Promise<InvocationReport[]> {
  const reports: InvocationReport[] = [];
  const rig = lambdaHarness({ ...options, onInvocation: (report) => reports.push(report) });
  await makeFunction(rig);
  for (let call = 0; call < calls; call += 1)
    await rig.client.send(new InvokeCommand({ FunctionName: "f" })).catch(() => undefined);
  return reports;
}

test("an answer tells how long it took, the first of an environment how long its init phase was", async () => {
  const [first, second] = await ends({}, 2);
  expect(first).toMatchObject({ end: "success", durationMs: expect.any(Number), initDurationMs: 5 });
  expect(second).toMatchObject({ end: "success", durationMs: expect.any(Number) });
  expect(second).not.toHaveProperty("initDurationMs");
});

test.each([
  ["error", { handlers: { f: () => Promise.reject(new Error("no")) } }],
  ["timeout", { handlers: { f: () => Promise.reject(new MemoryFault("timeout")) } }],
  ["crash", { handlers: { f: () => Promise.reject(new MemoryFault("crash")) } }],
  ["crash", { onLaunch: (): "init-failed" => "init-failed" }],
] satisfies [string, HarnessOptions][])("%s of the function is told as such", async (end, options) => {
  expect(await ends(options)).toMatchObject([{ end, durationMs: expect.any(Number) }]);
});

test("an event that did not reach the function has no duration", async () => {
  const [report] = await ends({ onLaunch: () => "launch-failed" });
  expect(report).toMatchObject({ end: "not_delivered", errorType: "FC_LAMBDA_LAUNCH_FAILED" });
  expect(report).not.toHaveProperty("durationMs");
});

test("nor has one that found no place to wait", async () => {
  const reports: InvocationReport[] = [];
  const release = deferred<void>();
  const rig = lambdaHarness({
    handlers: { f: () => release.promise },
    limits: { maxConcurrency: 1, queueSize: 0 },
    onInvocation: (report) => reports.push(report),
  });
  await makeFunction(rig);
  const call = (): Promise<unknown> => rig.client.send(new InvokeCommand({ FunctionName: "f" }));
  const first = call();
  await rig.settle();
  await expect(call()).rejects.toMatchObject({ name: "TooManyRequestsException" });
  expect(reports).toMatchObject([{ end: "no_capacity", errorType: "FC_LAMBDA_QUEUE_FULL" }]);
  release.resolve();
  await first;
  expect(reports.map(({ end }) => end)).toEqual(["no_capacity", "success"]);
});
