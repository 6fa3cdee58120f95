import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { BackendError } from "../../backend/index.ts";
import type { InvokeAnswer } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsWith, isFunctionError, logWith } from "../expectations.ts";

export const endCases: readonly ConformanceCase[] = casesOf("end", (add) => {
  add("an environment that is terminated takes no more events", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    await environment.terminate();
    assert.equal((await environment.ended).reason, "terminated");
    await failsWith(invoke(environment, { do: "count" }), "FC_LAMBDA_NOT_DELIVERED");
  });

  add("terminating again, or twice at once, changes nothing", async ({ launch, probe }) => {
    const environment = await launch(probe());
    await Promise.all([environment.terminate(), environment.terminate()]);
    await environment.terminate();
    assert.equal((await environment.ended).reason, "terminated");
  });

  add(
    "terminate resolves when the environment is gone",
    async ({ launch, probe, abilities, signal }) => {
      const environment = await launch(probe());
      // An environment that was kept ready may be told apart from those only a moment after its launch.
      while ((await abilities.leftovers()).length === 0) await delay(20, undefined, { signal });
      await environment.terminate();
      assert.deepEqual(await abilities.leftovers(), []);
    },
    { needs: ["leftovers"] },
  );

  add("an event that runs when its environment is terminated is a function error", async (bench) => {
    const { launch, probe, invoke, signal } = bench;
    const environment = await launch(probe());
    const running = invoke(environment, { do: "sleep", ms: 60_000 }, { timeoutMs: 60_000 });
    await logWith(environment, "sleeping\n", signal);
    await environment.terminate();
    isFunctionError(await running, "Runtime.ExitError", /Error: Runtime exited/);
  });

  add("a runtime that exits by itself fails the next event with that, never saw it, or begins anew", async (bench) => {
    const { launch, probe, invoke } = bench;
    const environment = await launch(probe());
    await invoke(environment, { do: "exitSoon" });
    // A runtime that stands still between two events, as AWS's for Node.js does, exits during the next one.
    const next = await invoke(environment, { do: "sleep", ms: 300 }).catch((error: unknown) => error);
    if (next instanceof Error) assert.equal((next as Partial<BackendError>).code, "FC_LAMBDA_NOT_DELIVERED");
    else if ((next as InvokeAnswer).result.outcome === "unhandled")
      isFunctionError(next as InvokeAnswer, "Runtime.ExitError", /Error: Runtime exited/);
    else assert.ok(Number((next as InvokeAnswer).body["to"]) > 0, "a function that went on was expected to answer");
    const last = await invoke(environment, { do: "count" }).catch((error: unknown) => error);
    if (last instanceof Error) assert.match((await environment.ended).reason, /^(exited|lost)$/);
    else assert.ok(Number((last as InvokeAnswer).body["count"]) < 3, "the runtime goes on after its exit");
  });

  add(
    "an idle environment that is lost ends at once, and never saw the next event",
    async ({ launch, probe, invoke, abilities }) => {
      const environment = await launch(probe());
      await abilities.lose(environment);
      assert.match((await environment.ended).reason, /^(exited|lost)$/);
      await failsWith(invoke(environment, { do: "count" }), "FC_LAMBDA_NOT_DELIVERED");
    },
    { needs: ["lose"] },
  );

  add(
    "an event that was seen is not called undelivered when its environment is lost",
    async ({ launch, probe, invoke, abilities, signal }) => {
      const environment = await launch(probe());
      const running = invoke(environment, { do: "sleep", ms: 60_000 }, { timeoutMs: 60_000 });
      await logWith(environment, "sleeping\n", signal);
      await abilities.lose(environment);
      isFunctionError(await running, "Runtime.ExitError", /Error: Runtime exited/);
    },
    { needs: ["lose"] },
  );
});
