import assert from "node:assert/strict";
import type { ExecutionEnvironment } from "../../backend/index.ts";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { logWith } from "../expectations.ts";
import { type ProbedEvent, probedEvents, telemetryProbe } from "../samples/telemetry-probe.ts";

/** What the extension was sent, as soon as the report of this invocation is there. */
async function eventsUntil(
  environment: ExecutionEnvironment,
  requestId: string,
  signal: AbortSignal,
): Promise<readonly ProbedEvent[]> {
  const isReport = (one: ProbedEvent): boolean => one.type === "platform.report" && requestIdOf(one) === requestId;
  const isIn = (log: string): boolean => probedEvents(log).some(isReport);
  return probedEvents(await logWith(environment, `a report of ${requestId}`, signal, isIn));
}

function requestIdOf({ record }: ProbedEvent): unknown {
  return (record as Readonly<Record<string, unknown>>)["requestId"];
}

function recordsOf(events: readonly ProbedEvent[], type: string): readonly Readonly<Record<string, unknown>>[] {
  return events.filter((one) => one.type === type).map(({ record }) => record as Readonly<Record<string, unknown>>);
}

export const telemetryCases: readonly ConformanceCase[] = casesOf("telemetry", (add) => {
  const launchIt = ({ launch, probe }: Bench): Promise<ExecutionEnvironment> =>
    launch(probe({ files: telemetryProbe() }));

  add(
    "an extension that subscribes is told of the init phase, also of what was before",
    async (bench) => {
      const environment = await launchIt(bench);
      const { requestId } = await bench.invoke(environment, { do: "count" });
      const events = await eventsUntil(environment, requestId, bench.signal);
      const types = events.map(({ type }) => type);
      for (const type of ["platform.initStart", "platform.initRuntimeDone", "platform.initReport"])
        assert.equal(types.filter((one) => one === type).length, 1, `${type} is not there once: ${types}`);
      assert.equal(recordsOf(events, "platform.initRuntimeDone")[0]?.["status"], "success");
      assert.ok(types.indexOf("platform.initStart") < types.indexOf("platform.initRuntimeDone"), types.join());
      assert.ok(types.indexOf("platform.initReport") < types.indexOf("platform.start"), types.join());
      assert.ok(
        events.some(({ type, record }) => type === "function" && String(record).includes("probe loaded")),
        "what the function wrote in its init phase is not there",
      );
    },
    { needs: ["telemetry"] },
  );

  add(
    "an extension that subscribes is told of every invocation and of what the function writes, in order",
    async (bench) => {
      const environment = await launchIt(bench);
      for (const out of ["the first line", "the second line"]) {
        const { requestId } = await bench.invoke(environment, { do: "log", out });
        const events = await eventsUntil(environment, requestId, bench.signal);
        const own = events.filter((one) =>
          one.type === "function" ? String(one.record).includes(out) : requestIdOf(one) === requestId,
        );
        assert.deepEqual(
          own.map(({ type }) => type),
          ["platform.start", "function", "platform.runtimeDone", "platform.report"],
        );
      }
    },
    { needs: ["telemetry"] },
  );

  add(
    "an invocation that fails is told with its status",
    async (bench) => {
      const environment = await launchIt(bench);
      const { requestId } = await bench.invoke(environment, { do: "throw", name: "TypeError", message: "no" });
      const events = await eventsUntil(environment, requestId, bench.signal);
      for (const type of ["platform.runtimeDone", "platform.report"])
        assert.deepEqual(
          recordsOf(events, type).map(({ status }) => status),
          ["error"],
          type,
        );
    },
    { needs: ["telemetry"] },
  );
});
