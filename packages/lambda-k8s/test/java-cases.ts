import type { CodePackage, ExecutionEnvironment, LambdaBackend } from "@fc/lambda/backend";
import { afterEach, beforeAll, expect, test } from "vitest";
import { functionSpec } from "./function-samples.ts";
import { functionArn, invoke } from "./invoke.ts";
import { javaCode } from "./java-program.ts";

/** Functions in Java by AWS's own runtime interface client, the same for every cluster. @param runtime `java17` */
export function javaCases(subject: () => { readonly backend: LambdaBackend }, runtime: string): void {
  const running: ExecutionEnvironment[] = [];
  let code: CodePackage;
  const launch = async (handler = "example.Handler::handleRequest"): Promise<ExecutionEnvironment> => {
    const spec = functionSpec({ runtime, handler, memorySizeMb: 512, timeoutSeconds: 10 });
    const request = { spec, code, initTimeoutMs: 10_000 };
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };

  beforeAll(async () => {
    code = await javaCode();
  }, 120_000);
  afterEach(async () => void (await Promise.all(running.splice(0).map((environment) => environment.terminate()))));

  test("a handler in Java has its event, context, environment and log, and its exception is told in AWS's form", async () => {
    const environment = await launch();
    const { result, body, requestId } = await invoke(environment, { a: 1 });
    expect(body).toEqual({
      event: { a: 1 },
      greeting: "hello 'world'",
      execution: `AWS_Lambda_${runtime}`,
      requestId,
      arn: functionArn,
      name: "hello",
      version: "$LATEST",
      memory: 512,
      logGroup: "/aws/lambda/hello",
      remaining: expect.any(Number),
    });
    expect(result.outcome).toBe("success");
    const thrown = await invoke(environment, { throw: "no wäy" });
    // What the runtime calls it in its header; the caller sees the exception's class.
    expect(thrown.result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.UserException" });
    expect(thrown.body).toMatchObject({
      errorMessage: "no wäy",
      errorType: "java.lang.IllegalStateException",
      stackTrace: expect.arrayContaining([expect.stringMatching(/^example\.Handler\.handleRequest\(/)]),
    });
    // What comes through a relay may show with the next invocation.
    const log = result.log + thrown.result.log;
    expect(log).toMatch(/class loaded\n.*event \{a=1\}\n.*logged\n.*event \{throw=no wäy\}/s);
  });

  test("a handler in Java that exits ends as a function error, and the environment begins anew", async () => {
    const environment = await launch();
    const { result, body, requestId } = await invoke(environment, { exit: 3 });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
    expect(body["errorMessage"]).toBe(`RequestId: ${requestId} Error: Runtime exited with error: exit status 3`);
    expect((await invoke(environment, { again: true })).body).toMatchObject({ event: { again: true } });
  });

  test("a class that is missing is told when it is wanted, as AWS's runtime does", async () => {
    const { result, body } = await invoke(await launch("example.Absent::handleRequest"), {});
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.BadFunctionCode" });
    expect(body).toMatchObject({
      errorMessage: "Class not found: example.Absent",
      errorType: "java.lang.ClassNotFoundException",
    });
  });
}
