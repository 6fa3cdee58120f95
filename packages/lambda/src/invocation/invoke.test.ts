import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { MemoryFault } from "../testing/index.ts";

function invoke(rig: Harness, input: Partial<InvokeCommandInput> = {}): Promise<InvokeCommandOutput> {
  return rig.client.send(new InvokeCommand({ FunctionName: "f", ...input }));
}

const text = (output: InvokeCommandOutput): string | undefined => output.Payload?.transformToString();

describe("invoking a function", () => {
  test("the answer, the executed version and no function error come back", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    const output = await invoke(rig, { Payload: '{"a":1}' });
    expect([output.StatusCode, output.ExecutedVersion, output.FunctionError, text(output)]).toEqual([
      200,
      "$LATEST",
      undefined,
      '{"a":1}',
    ]);
  });

  test("an absent payload is an empty object", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    expect(text(await invoke(rig))).toBe("{}");
  });

  test("the function sees the ARN as invoked, the client context and its deadline", async () => {
    const rig = lambdaHarness({
      handlers: {
        f: (_event, { invokedFunctionArn, clientContext, deadlineMs }) => [
          invokedFunctionArn,
          clientContext,
          deadlineMs,
        ],
      },
    });
    await makeFunction(rig, { Timeout: 7 });
    const ClientContext = Buffer.from('{"custom":1}').toString("base64");
    const output = await invoke(rig, { Qualifier: "$LATEST", ClientContext });
    expect(JSON.parse(text(output) ?? "")).toEqual([
      "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",
      '{"custom":1}',
      rig.clock.now() + 7000,
    ]);
  });

  test("a cold start that takes longer than the function's timeout leaves the function all of its time", async () => {
    const rig = lambdaHarness({
      handlers: { f: (_event, { deadlineMs }) => deadlineMs - rig.clock.now() },
      onLaunch: () => rig.clock.sleep(8_000).then(() => undefined),
    });
    await makeFunction(rig, { Timeout: 1 });
    const output = invoke(rig);
    await rig.settle();
    await rig.clock.advance(8_000);
    expect(text(await output)).toBe("1000");
  });

  test("the caller's trace goes on, with what it left out", async () => {
    const traces: (string | undefined)[] = [];
    const rig = lambdaHarness({ handlers: { f: (_event, { traceId }) => traces.push(traceId) } });
    rig.client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amzn-trace-id"] = root;
        return next(args);
      },
      { step: "build" },
    );
    const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    await makeFunction(rig);
    await invoke(rig);
    await invoke(rig, { InvocationType: "Event" });
    await rig.settle();
    expect(traces).toEqual([expect.stringContaining(root), expect.stringContaining(root)]);
  });

  test("the log tail has START, the log, END and REPORT, with the init duration of the first event only", async () => {
    const rig = lambdaHarness({
      handlers: {
        f: async (_event, context) => {
          context.log("hello");
          await rig.clock.sleep(12);
        },
      },
    });
    await makeFunction(rig);
    const logs: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      const running = invoke(rig, { LogType: "Tail" });
      await rig.settle();
      await rig.clock.advance(12);
      const output = await running;
      const id = output.$metadata.requestId ?? "";
      logs.push(
        Buffer.from(output.LogResult ?? "", "base64")
          .toString()
          .replaceAll(id, "ID"),
      );
    }
    const head =
      "START RequestId: ID Version: $LATEST\nhello\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: 12.00 ms\t";
    expect(logs).toEqual([
      `${head}Billed Duration: 17 ms\tMemory Size: 128 MB\tInit Duration: 5.00 ms\t\n`,
      `${head}Billed Duration: 12 ms\tMemory Size: 128 MB\t\n`,
    ]);
  });

  test("the log tail is at most the last 4 KiB", async () => {
    const rig = lambdaHarness({ handlers: { f: (_event, context) => context.log("x".repeat(10_000)) } });
    await makeFunction(rig);
    const { LogResult = "" } = await invoke(rig, { LogType: "Tail" });
    expect(Buffer.from(LogResult, "base64").byteLength).toBe(4096);
  });

  test("what the function throws is an unhandled function error, an answer that merely looks like one is not", async () => {
    const rig = lambdaHarness({
      handlers: {
        f: (event) => {
          if ((event as { fail?: boolean }).fail === true) throw new TypeError("no");
          return { errorMessage: "just data" };
        },
      },
    });
    await makeFunction(rig);
    const failed = await invoke(rig, { Payload: '{"fail":true}' });
    expect([failed.StatusCode, failed.FunctionError, text(failed)]).toEqual([
      200,
      "Unhandled",
      '{"errorType":"TypeError","errorMessage":"no"}',
    ]);
    expect((await invoke(rig)).FunctionError).toBeUndefined();
  });

  test.each([
    [
      "timeout",
      { errorType: "Sandbox.Timedout", errorMessage: "RequestId: ID Error: Task timed out after 3.00 seconds" },
    ],
    [
      "crash",
      { errorType: "Runtime.ExitError", errorMessage: "RequestId: ID Error: Runtime exited with error: exit status 1" },
    ],
  ] as const)(
    "a %s is a function error in AWS's words, and the next event gets a new environment",
    async (kind, expected) => {
      let calls = 0;
      const rig = lambdaHarness({
        handlers: {
          f: () => {
            calls += 1;
            if (calls === 1) throw new MemoryFault(kind);
            return "ok";
          },
        },
      });
      await makeFunction(rig);
      const failed = await invoke(rig);
      const id = failed.$metadata.requestId ?? "";
      expect(failed.FunctionError).toBe("Unhandled");
      expect(JSON.parse(text(failed)?.replaceAll(id, "ID") ?? "")).toEqual(expected);
      expect([text(await invoke(rig)), rig.backend.launches]).toEqual(['"ok"', 2]);
    },
  );

  test("the log of a timeout says so, with its status in the REPORT line", async () => {
    const rig = lambdaHarness({
      handlers: {
        f: () => {
          throw new MemoryFault("timeout");
        },
      },
    });
    await makeFunction(rig);
    const output = await invoke(rig, { LogType: "Tail" });
    const id = output.$metadata.requestId ?? "";
    const log = Buffer.from(output.LogResult ?? "", "base64")
      .toString()
      .replaceAll(id, "ID");
    expect(log).toContain("\n2026-01-01T00:00:00.000Z ID Task timed out after 3.00 seconds\n\nEND RequestId: ID\n");
    expect(log).toMatch(/\tStatus: timeout\t\n$/);
  });

  test("an event that was not delivered is tried again elsewhere and runs once", async () => {
    let calls = 0;
    let ran = 0;
    const rig = lambdaHarness({
      handlers: {
        f: () => {
          calls += 1;
          if (calls < 3) throw new MemoryFault("not-delivered");
          ran += 1;
        },
      },
    });
    await makeFunction(rig);
    expect((await invoke(rig)).StatusCode).toBe(200);
    expect([ran, rig.backend.launches]).toEqual([1, 3]);
  });

  test("a failed init is a function error with its log", async () => {
    const rig = lambdaHarness({ onLaunch: () => "init-failed" });
    await makeFunction(rig);
    const output = await invoke(rig, { LogType: "Tail" });
    expect(JSON.parse(text(output) ?? "")).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    expect(Buffer.from(output.LogResult ?? "", "base64").toString()).toContain("cannot find module\n");
  });

  test("a failed launch is a ServiceException with the cluster's reason, which the function keeps until one goes well", async () => {
    let launches = 0;
    const rig = lambdaHarness({ onLaunch: () => (launches++ === 0 ? "launch-failed" : undefined) });
    await makeFunction(rig);
    await expect(invoke(rig)).rejects.toMatchObject({
      name: "ServiceException",
      message: "ErrImagePull: The image could not be pulled",
      $metadata: { httpStatusCode: 500 },
    });
    const get = new GetFunctionConfigurationCommand({ FunctionName: "f" });
    expect(await rig.client.send(get)).toMatchObject({
      State: "Active",
      StateReason: "ErrImagePull: The image could not be pulled",
    });
    await invoke(rig);
    expect((await rig.client.send(get)).StateReason).toBeUndefined();
  });

  test("an answer over 6 MB is a function error", async () => {
    const rig = lambdaHarness({ handlers: { f: () => "x".repeat(6_291_557) } });
    await makeFunction(rig);
    const output = await invoke(rig);
    expect(JSON.parse(text(output) ?? "")).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  test("a dry run answers 204 and runs nothing", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    expect((await invoke(rig, { InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(rig.backend.launches).toBe(0);
  });

  test("a caller that goes away does not free the environment for another event", async () => {
    const gate = deferred<string>();
    const rig = lambdaHarness({ handlers: { f: () => gate.promise }, limits: { maxConcurrency: 1 } });
    await makeFunction(rig);
    const caller = new AbortController();
    const first = rig.client.send(new InvokeCommand({ FunctionName: "f" }), { abortSignal: caller.signal });
    const refused = first.catch(() => "gone");
    await rig.settle();
    caller.abort();
    const second = invoke(rig);
    await rig.settle();
    expect(rig.backend.environments.map((one) => one.invocations)).toEqual([1]);
    gate.resolve("done");
    expect(text(await second)).toBe('"done"');
    await refused;
  });

  test("a change of tags takes effect with the next environment", async () => {
    const rig = lambdaHarness({ handlers: { f: (_event, context) => context.spec.tags } });
    await makeFunction(rig, { Tags: { a: "1" } });
    await invoke(rig);
    const Resource = "arn:aws:lambda:us-east-1:000000000000:function:f";
    await rig.client.send(new TagResourceCommand({ Resource, Tags: { a: "2" } }));
    expect(text(await invoke(rig))).toBe('{"a":"2"}');
  });
});

describe("concurrency", () => {
  test("reserved concurrency throttles at once with its reason, and its removal opens the function again", async () => {
    const gate = deferred<void>();
    const rig = lambdaHarness({ handlers: { f: () => gate.promise } });
    await makeFunction(rig);
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 1 }));
    const first = invoke(rig);
    await rig.settle();
    await expect(invoke(rig)).rejects.toMatchObject({
      name: "TooManyRequestsException",
      message: "Rate Exceeded.",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      $metadata: { httpStatusCode: 429 },
    });
    await rig.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "f" }));
    const second = invoke(rig);
    await rig.settle();
    gate.resolve();
    expect((await Promise.all([first, second])).map((one) => one.StatusCode)).toEqual([200, 200]);
  });

  test("the account's unreserved concurrency throttles too", async () => {
    const gate = deferred<void>();
    const rig = lambdaHarness({
      handlers: { f: () => gate.promise },
      limits: { accountConcurrency: 101, maxConcurrency: 200 },
    });
    await makeFunction(rig);
    const running = Array.from({ length: 101 }, () => invoke(rig));
    await rig.settle();
    await expect(invoke(rig)).rejects.toMatchObject({ Reason: "ConcurrentInvocationLimitExceeded" });
    expect(rig.lambda.queues().throttled).toBe(1);
    gate.resolve();
    await Promise.all(running);
  });
});
