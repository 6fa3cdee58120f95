import { InvokeAsyncCommand } from "@aws-sdk/client-lambda";
import { deferred } from "@fc/core";
import { expect, test } from "vitest";
import { lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

test("an event given the deprecated way runs once, later", async () => {
  const seen = deferred<unknown>();
  const rig = lambdaHarness({ handlers: { f: (event) => seen.resolve(event) } });
  await makeFunction(rig);
  const { Status } = await rig.client.send(new InvokeAsyncCommand({ FunctionName: "f", InvokeArgs: '{"a":1}' }));
  expect(Status).toBe(202);
  expect(await seen.promise).toEqual({ a: 1 });
});

test("what is no JSON, and a function that is not there, are refused", async () => {
  const rig = lambdaHarness();
  await makeFunction(rig);
  const invokeAsync = (FunctionName: string, InvokeArgs: string) =>
    rig.client.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs }));
  await expect(invokeAsync("f", "nope")).rejects.toMatchObject({ name: "InvalidRequestContentException" });
  await expect(invokeAsync("g", "{}")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
