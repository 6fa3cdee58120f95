import { InvokeCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

test("the last events are told, oldest first, and no more than the setting keeps", async () => {
  const rig = lambdaHarness({
    handlers: { f: (event) => (event === 3 ? Promise.reject(new TypeError("no")) : event) },
    limits: { invocationHistory: 3 },
  });
  await makeFunction(rig);
  const call = async (payload: number): Promise<string | undefined> => {
    const answer = await rig.client.send(new InvokeCommand({ FunctionName: "f", Payload: String(payload) }));
    return answer.$metadata.requestId;
  };
  const ids: (string | undefined)[] = [];
  for (let payload = 0; payload < 5; payload += 1) ids.push(await call(payload));
  const rows = rig.lambda.invocations();
  expect(rows.map(({ requestId, result }) => [requestId, result])).toEqual([
    [ids[2], "success"],
    [ids[3], "error"],
    [ids[4], "success"],
  ]);
  expect(rows[1]).toEqual({
    requestId: ids[3],
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
    account: "000000000000",
    region: "us-east-1",
    functionName: "f",
    version: "$LATEST",
    source: "request",
    timestamp: "2026-01-01T00:00:00.000Z",
    result: "error",
    errorType: "TypeError",
    durationMs: expect.any(Number),
    handle: { kind: "process", id: expect.any(String) },
  });
});

test("an asynchronous event is told as such, with the id that its sender was given", async () => {
  const rig = lambdaHarness();
  await makeFunction(rig);
  const accepted = await rig.client.send(new InvokeCommand({ FunctionName: "f", InvocationType: "Event" }));
  await rig.settle();
  expect(rig.lambda.invocations()).toMatchObject([{ source: "event", requestId: accepted.$metadata.requestId }]);
});

test("a reset of an account forgets its events and no others", async () => {
  const rig = lambdaHarness({ limits: { invocationHistory: 2 } });
  const other = { ...rig, client: rig.clientOf("111111111111") };
  for (const each of [rig, other]) {
    await makeFunction(each);
    await each.client.send(new InvokeCommand({ FunctionName: "f" }));
  }
  await rig.lambda.reset({ account: "000000000000" });
  expect(rig.lambda.invocations()).toMatchObject([{ account: "111111111111" }]);
  await other.client.send(new InvokeCommand({ FunctionName: "f" }));
  await other.client.send(new InvokeCommand({ FunctionName: "f" }));
  expect(rig.lambda.invocations()).toHaveLength(2);
});

test("a history of no size keeps nothing", async () => {
  const rig = lambdaHarness({ limits: { invocationHistory: 0 } });
  await makeFunction(rig);
  await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
  expect(rig.lambda.invocations()).toEqual([]);
});
