import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ExecutionEnvironment } from "../../backend/index.ts";
import type { Bench, InvokeAnswer } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { initFails, isFunctionError, logWith } from "../expectations.ts";
import { extensionProbe } from "../samples/extension-probe.ts";

const id = "[-0-9a-f]{36}";

function launchWith({ launch, probe }: Bench, failsAt: string, mode = 0o755): ReturnType<Bench["launch"]> {
  return launch(probe({ files: extensionProbe(mode), environment: { EXTENSION: failsAt }, timeoutSeconds: 30 }));
}

/** What extensions write has no certain place in the log: it comes through relays. */
async function hasStarted(environment: ExecutionEnvironment, times: number, signal: AbortSignal): Promise<void> {
  const isIn = (log: string): boolean => log.split("extension starts\n").length > times;
  await logWith(environment, `extension starts, ${times} times`, signal, isIn);
}

export const extensionCases: readonly ConformanceCase[] = casesOf("extensions", (add) => {
  add(
    "an extension starts before the runtime, which waits for it",
    async (bench) => {
      const environment = { MARK: `/tmp/fc-mark-${randomUUID()}` };
      const launched = await bench.launch(bench.probe({ files: extensionProbe(), environment }));
      const { body } = await bench.invoke(launched, { do: "marked" });
      assert.deepEqual(body, { marked: true }, "the runtime began before the extension had registered");
      await hasStarted(launched, 1, bench.signal);
    },
    { needs: ["extensions"] },
  );

  add(
    "an extension that exits before it has registered is Extension.Crash with its status",
    async (bench) => {
      const message = new RegExp(`^RequestId: ${id} Error: exit status 3$`);
      await initFails(launchWith(bench, "exit"), { errorType: "Extension.Crash", message, log: "extension starts" });
    },
    { needs: ["extensions"] },
  );

  add(
    "an extension that says that it cannot start is Extension.InitError",
    async (bench) => {
      const message = new RegExp(`^RequestId: ${id} Error: exit code 0$`);
      await initFails(launchWith(bench, "init/error"), { errorType: "Extension.InitError", message });
    },
    { needs: ["extensions"] },
  );

  add(
    "an extension that cannot be executed is Extension.LaunchError",
    async (bench) => {
      const message = new RegExp(`^RequestId: ${id} Error: fork/exec /opt/extensions/probe: permission denied$`);
      await initFails(launchWith(bench, "nowhere", 0o644), { errorType: "Extension.LaunchError", message });
    },
    { needs: ["extensions"] },
  );

  add(
    "an extension that exits at work fails the invocation, and both begin anew with the next one",
    async (bench) => {
      const environment = await launchWith(bench, "crash");
      for (const times of [1, 2]) {
        const failed = await bench.invoke(environment, { do: "sleep", ms: 60_000 });
        isFunctionError(failed, "Extension.Crash", `RequestId: ${failed.requestId} Error: exit status 2`);
        assert.match(failed.result.log, /probe loaded\n/);
        await hasStarted(environment, times, bench.signal);
      }
    },
    { needs: ["extensions", "reinit"] },
  );

  add(
    "an extension that says that it cannot go on is Extension.ExitError",
    async (bench) => {
      const failed: InvokeAnswer = await bench.invoke(await launchWith(bench, "exit/error"), {
        do: "sleep",
        ms: 60_000,
      });
      isFunctionError(failed, "Extension.ExitError", `RequestId: ${failed.requestId} Error: exit status 1`);
    },
    { needs: ["extensions"] },
  );

  add(
    "an extension begins anew with a runtime that went beyond its deadline",
    async ({ launch, probe, invoke, signal }) => {
      const environment = await launch(probe({ files: extensionProbe(), timeoutSeconds: 1 }));
      await invoke(environment, { do: "sleep", ms: 60_000 }, { timeoutMs: 1_000 });
      const { result, body } = await invoke(environment, { do: "count" });
      assert.equal(body["count"], 1);
      assert.match(result.log, /probe loaded\n/);
      await hasStarted(environment, 2, signal);
    },
    { needs: ["extensions", "reinit"] },
  );
});
