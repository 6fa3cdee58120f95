import { CreateEventSourceMappingCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { deferred, ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { MemoryFault, memoryEventSources, memoryQueue } from "../testing/index.ts";
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

test("tries of asynchronous events and of batches are told like calls, with the time that they took", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const EventSourceArn = "arn:aws:sqs:us-east-1:000000000000:q";
  const queue = memoryQueue({ clock });
  const reports: InvocationReport[] = [];
  const rig = lambdaHarness({
    clock,
    eventSources: memoryEventSources({ queues: { [EventSourceArn]: queue } }),
    handlers: { f: () => clock.sleep(12).then(() => Promise.reject(new Error("no"))) },
    onInvocation: (report) => reports.push(report),
  });
  await makeFunction(rig);
  await rig.client.send(new InvokeCommand({ FunctionName: "f", InvocationType: "Event" }));
  await rig.settle();
  await clock.advance(12);
  await rig.client.send(new CreateEventSourceMappingCommand({ FunctionName: "f", EventSourceArn }));
  queue.send("a");
  await rig.settle();
  await clock.advance(12);
  expect(reports).toMatchObject([
    { source: "event", end: "error", durationMs: 12 },
    { source: "event-source-mapping", end: "error", durationMs: 12 },
  ]);
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
