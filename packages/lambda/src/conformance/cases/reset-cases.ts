import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { isFunctionError } from "../expectations.ts";

const stream = { do: "environment", names: ["AWS_LAMBDA_LOG_STREAM_NAME"] };
const repeated =
  /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: (.*)\n[\s\S]*INIT_REPORT .*\tPhase: invoke\tStatus: \1\n/;

export const resetCases: readonly ConformanceCase[] = casesOf("reset", (add) => {
  add(
    "a runtime that exited begins anew with the next event, in the same environment",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe());
      const before = await invoke(environment, stream);
      const ended = await invoke(environment, { do: "exit", status: 3 });
      const message = `RequestId: ${ended.requestId} Error: Runtime exited with error: exit status 3`;
      isFunctionError(ended, "Runtime.ExitError", message);
      const { result, body } = await invoke(environment, { do: "count" });
      assert.equal(body["count"], 1, "the runtime was expected to be a new one");
      assert.match(result.log, /probe loaded\n/);
      assert.deepEqual((await invoke(environment, stream)).body, before.body);
    },
    { needs: ["reinit"] },
  );

  add(
    "a function beyond its deadline begins anew with the next event, again and again",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ timeoutSeconds: 1 }));
      for (const value of ["first", "second"]) {
        const late = await invoke(environment, { do: "sleep", ms: 60_000 }, { timeoutMs: 1_000 });
        isFunctionError(
          late,
          "Sandbox.Timedout",
          `RequestId: ${late.requestId} Error: Task timed out after 1.00 seconds`,
        );
        assert.equal((await invoke(environment, { do: "echo", value })).body, value);
      }
      assert.equal((await invoke(environment, { do: "count" })).body["count"], 2);
    },
    { needs: ["reinit"] },
  );

  add(
    "what is in /tmp stays when the runtime begins anew",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe());
      await invoke(environment, { do: "fill", path: "/tmp/kept", megabytes: 1 });
      await invoke(environment, { do: "exit", status: 3 });
      assert.deepEqual((await invoke(environment, { do: "size", path: "/tmp/kept" })).body, { bytes: 1 << 20 });
    },
    { needs: ["reinit", "ownFiles"] },
  );

  add(
    "of a function beyond its deadline no process goes on",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ timeoutSeconds: 1 }));
      const path = "/tmp/ticks";
      isFunctionError(
        await invoke(environment, { do: "linger", path }, { timeoutMs: 1_000 }),
        "Sandbox.Timedout",
        /1\.00/,
      );
      const { body } = await invoke(environment, { do: "size", path });
      assert.ok(Number(body["bytes"]) > 0, "the function's processes never wrote");
      await invoke(environment, { do: "sleep", ms: 200 });
      assert.deepEqual((await invoke(environment, { do: "size", path })).body, body);
    },
    { needs: ["reinit", "ownFiles"] },
  );

  add(
    "an init phase that failed is repeated for the first event, when that is wanted",
    async ({ launch, probe, invoke }) => {
      const files = {
        "index.mjs": `
import fs from "node:fs";
fs.appendFileSync("/tmp/inits", "x");
const inits = fs.statSync("/tmp/inits").size;
if (inits === 1) throw new RangeError("too far");
export const handler = async () => ({ inits });
`,
      };
      const environment = await launch(probe({ files, retryInit: true }));
      assert.equal(environment.initDurationMs, undefined);
      assert.deepEqual((await invoke(environment, { do: "inits" })).body, { inits: 2 });
    },
    { needs: ["reinit", "ownFiles"] },
  );

  add(
    "an init phase that fails again is the first event's error, and its log tells of both",
    async ({ launch, probe, invoke }) => {
      const files = { "index.mjs": "console.log('loading'); throw new RangeError('too far');" };
      const environment = await launch(probe({ files, retryInit: true }));
      for (const event of ["first", "second"]) {
        const failed = await invoke(environment, { do: "count" });
        isFunctionError(failed, "RangeError", "too far");
        if (event === "first") assert.match(failed.result.log, repeated);
        assert.match(failed.result.log, /loading\n[\s\S]*Phase: invoke\tStatus: error\tError Type: RangeError\n/);
      }
    },
    { needs: ["reinit"] },
  );

  add(
    "an init phase that takes too long is repeated in the first event's time, and is its timeout",
    async ({ launch, probe, invoke }) => {
      const files = { "index.mjs": "await new Promise((resolve) => setTimeout(resolve, 60_000));" };
      const environment = await launch(probe({ files, initTimeoutMs: 500, retryInit: true, timeoutSeconds: 1 }));
      const late = await invoke(environment, { do: "count" }, { timeoutMs: 1_000 });
      isFunctionError(
        late,
        "Sandbox.Timedout",
        `RequestId: ${late.requestId} Error: Task timed out after 1.00 seconds`,
      );
      assert.match(late.result.log, repeated);
    },
    { needs: ["reinit"] },
  );
});
