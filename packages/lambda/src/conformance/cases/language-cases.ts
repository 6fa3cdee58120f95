import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { initFails, isFunctionError } from "../expectations.ts";
import { codePackage } from "../samples/code-package.ts";

export const languageCases: readonly ConformanceCase[] = casesOf("languages", (add) => {
  add(
    "a Python function has its event, context, environment and log",
    async ({ launch, probe, invoke, abilities }) => {
      const environment = await launch(
        probe({ runtime: abilities.python, environment: { GREETING: "hello 'world'" } }),
      );
      const value = { ключ: [null, 1.5, "€"] };
      assert.deepEqual((await invoke(environment, { do: "echo", value })).body, value);
      const { requestId, body } = await invoke(environment, { do: "context" });
      const { remaining, ...known } = body;
      assert.deepEqual(known, {
        requestId,
        arn: "arn:aws:lambda:eu-central-1:111122223333:function:probe",
        name: "probe",
        version: "$LATEST",
        memory: "256",
        logGroup: "/aws/lambda/probe",
      });
      assert.ok(Number(remaining) > 0);
      const seen = await invoke(environment, { do: "environment", names: ["GREETING", "AWS_REGION"] });
      assert.deepEqual(seen.body, { GREETING: "hello 'world'", AWS_REGION: "eu-central-1" });
      const { log } = (await invoke(environment, { do: "log", out: "its own", child: "its child's" })).result;
      assert.match(log, /its own\n/);
      assert.match(log, /its child's\n/);
    },
    { needs: ["python"] },
  );

  add(
    "a Python function that raises or exits ends as a function error",
    async ({ launch, probe, invoke, abilities }) => {
      const environment = await launch(probe({ runtime: abilities.python }));
      const raised = await invoke(environment, { do: "throw", name: "ValueError", message: "no wäy" });
      isFunctionError(raised, "ValueError", "no wäy");
      const exited = await invoke(environment, { do: "exit", status: 4 });
      isFunctionError(exited, "Runtime.ExitError", /Error: Runtime exited with error: exit status 4$/);
    },
    { needs: ["python"] },
  );

  add(
    "a Python module or handler that is missing fails the launch in AWS's words",
    async ({ launch, probe, abilities }) => {
      await initFails(launch(probe({ runtime: abilities.python, handler: "absent.handler" })), {
        errorType: "Runtime.ImportModuleError",
        message: /^Unable to import module 'absent': No module named 'absent'$/,
      });
      await initFails(launch(probe({ runtime: abilities.python, handler: "index.absent" })), {
        errorType: "Runtime.HandlerNotFound",
        message: /^Handler 'absent' missing on module 'index'$/,
      });
    },
    { needs: ["python"] },
  );

  add(
    "a custom runtime runs, logs, and exits",
    async ({ launch, probe, invoke, abilities }) => {
      const request = probe({
        runtime: abilities.customRuntime,
        handler: "my.handler",
        environment: { GREETING: "hello 'world'" },
      });
      const environment = await launch(request);
      const { result, body } = await invoke(environment, { a: 1 });
      assert.deepEqual(body, { handler: "my.handler", greeting: "hello 'world'", event: { a: 1 } });
      const exited = await invoke(environment, { do: "exit", status: 3 });
      isFunctionError(exited, "Runtime.ExitError", /Error: Runtime exited with error: exit status 3$/);
      // A script's output may come through a relay: on a busy machine a line may be the next invocation's, but none is lost.
      const log = result.log + exited.result.log;
      assert.equal(log, 'probe loaded\nevent {"a":1}\nevent {"do":"exit","status":3}\n');
    },
    { needs: ["customRuntime"] },
  );

  add(
    "a custom runtime without a bootstrap fails the launch in AWS's words",
    async ({ launch, probe, abilities }) => {
      const code = codePackage({ "readme.txt": "nothing to run" });
      await initFails(launch({ ...probe({ runtime: abilities.customRuntime }), code }), {
        errorType: "Runtime.InvalidEntrypoint",
        message: /./,
      });
    },
    { needs: ["customRuntime"] },
  );
});
