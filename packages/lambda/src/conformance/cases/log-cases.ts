import assert from "node:assert/strict";
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
});
