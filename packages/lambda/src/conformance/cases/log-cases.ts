import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { EnvironmentLog } from "../../backend/index.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { logWith } from "../expectations.ts";

const mostLogBytes = 64 * 1024;

export const logCases: readonly ConformanceCase[] = casesOf("logs", (add) => {
  add("an invocation has what it wrote to both streams, and nothing of another", async (bench) => {
    const { launch, probe, invoke } = bench;
    const environment = await launch(probe());
    const first = await invoke(environment, { do: "log", out: "first out", err: "first err ü" });
    const second = await invoke(environment, { do: "log", out: "second out" });
    const silent = await invoke(environment, { do: "count" });
    assert.match(first.result.log, /first out\n/);
    assert.match(first.result.log, /first err ü\n/);
    assert.match(second.result.log, /second out\n/);
    assert.doesNotMatch(second.result.log, /first/);
    assert.equal(silent.result.log, "");
  });

  add("what was written in the init phase is in the first invocation's log", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    assert.match((await invoke(environment, { do: "count" })).result.log, /probe loaded\n/);
    assert.doesNotMatch((await invoke(environment, { do: "count" })).result.log, /probe loaded/);
  });

  add("environments have logs of their own", async ({ launch, probe, invoke }) => {
    const environments = await Promise.all([launch(probe()), launch(probe())]);
    const logs = await Promise.all(
      environments.map(async (one, index) => (await invoke(one, { do: "log", out: `of number ${index}` })).result.log),
    );
    for (const [index, log] of logs.entries()) {
      assert.match(log, new RegExp(`of number ${index}\n`));
      assert.doesNotMatch(log, new RegExp(`of number ${1 - index}`));
    }
  });

  add("of a long log the end is kept, at most 64 KiB", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    await invoke(environment, { do: "count" });
    const out = `${"a line of thirty-two characters\n".repeat(6_000)}the last one`;
    const { log } = (await invoke(environment, { do: "log", out })).result;
    assert.ok(Buffer.byteLength(log) <= mostLogBytes, `${Buffer.byteLength(log)} bytes`);
    assert.ok(Buffer.byteLength(log) > mostLogBytes / 2, `only ${Buffer.byteLength(log)} bytes`);
    assert.ok(log.endsWith("the last one\n"), log.slice(-100));
  });

  add("an invocation that fails has its log", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    await invoke(environment, { do: "log", out: "before" });
    const { result } = await invoke(environment, { do: "exit", status: 3, out: "last words" });
    assert.equal(result.outcome, "unhandled");
    assert.match(result.log, /last words\n/);
  });

  add("an environment's whole log has all of its invocations", async (bench) => {
    const { launch, probe, invoke, signal } = bench;
    const environment = await launch(probe());
    await invoke(environment, { do: "log", out: "one" });
    await invoke(environment, { do: "log", out: "two" });
    // It may come a moment later than the invocations' own logs.
    const log = await logWith(environment, "two\n", signal);
    assert.match(log, /probe loaded\n.*one\n.*two\n/s);
  });

  add(
    "the launch's own log gets every line while it is written, whole and in order, and its name is the function's log stream",
    async ({ launch, probe, invoke, signal }) => {
      const { log, lineWith } = collectingLog(signal);
      const environment = await launch({ ...probe(), log });
      const names = ["AWS_LAMBDA_LOG_STREAM_NAME"];
      const { body } = await invoke(environment, { do: "environment", names });
      assert.deepEqual(body, { AWS_LAMBDA_LOG_STREAM_NAME: log.streamName });
      await lineWith("probe loaded");
      // Longer than what an invocation's own log keeps.
      const long = `${"x".repeat(100_000)}y`;
      const running = invoke(environment, { do: "sleep", ms: 500 });
      assert.equal(await Promise.race([lineWith("sleeping").then(() => "line"), running]), "line");
      await running;
      await invoke(environment, { do: "log", out: long });
      await invoke(environment, { do: "log", out: "the last" });
      const places = await Promise.all(["probe loaded", "sleeping", long, "the last"].map(lineWith));
      assert.deepEqual(
        [...places].sort((a, b) => a - b),
        places,
        "the lines are not in the order in which they were written",
      );
      assert.equal(new Set(places).size, places.length, "several lines came as one");
    },
    { needs: ["logLines"] },
  );
});

/** A log that keeps its lines, and tells where the one is that ends with a text, as soon as there is one. */
function collectingLog(signal: AbortSignal): {
  readonly log: EnvironmentLog;
  readonly lineWith: (text: string) => Promise<number>;
} {
  const lines: string[] = [];
  const find = (text: string): number => lines.findIndex((line) => line.endsWith(text));
  return {
    log: {
      streamName: "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
      write: ({ text }) => void lines.push(text),
    },
    lineWith: async (text) => {
      while (find(text) < 0)
        await delay(20, undefined, { signal }).catch(() =>
          assert.fail(
            `no line ends with ${text.slice(-40)}, but there are: ${lines.map((line) => line.slice(-40)).join("|")}`,
          ),
        );
      return find(text);
    },
  };
}
