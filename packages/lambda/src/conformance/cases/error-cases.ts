import assert from "node:assert/strict";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { hasEndedOrBeginsAnew, isFunctionError } from "../expectations.ts";

const allocating = { do: "allocate" };

async function servesOn({ launch, probe, invoke }: Bench, handler: string): Promise<void> {
  const environment = await launch(probe({ handler }));
  const event = { do: "throw", name: "TypeError", message: "no wäy" };
  for (const expected of ["no wäy", "no wäy"]) isFunctionError(await invoke(environment, event), "TypeError", expected);
}

export const errorCases: readonly ConformanceCase[] = casesOf("errors", (add) => {
  add("a promise that is rejected is a function error, and the environment serves on", async (bench) => {
    await servesOn(bench, "index.handler");
  });

  add("what the handler throws is a function error, and the environment serves on", async (bench) => {
    await servesOn(bench, "index.throwing");
  });

  add("an exit is Runtime.ExitError with its status, and the runtime's end", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const answer = await invoke(environment, { do: "exit", status: 3 });
    const message = `RequestId: ${answer.requestId} Error: Runtime exited with error: exit status 3`;
    isFunctionError(answer, "Runtime.ExitError", message);
    await hasEndedOrBeginsAnew(environment, "exited", invoke(environment, { do: "count" }));
  });

  add("an exit with status 0 is an error too", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const answer = await invoke(environment, { do: "exit", status: 0 });
    const message = `RequestId: ${answer.requestId} Error: Runtime exited without providing a reason`;
    isFunctionError(answer, "Runtime.ExitError", message);
    await hasEndedOrBeginsAnew(environment, "exited", invoke(environment, { do: "count" }));
  });

  add(
    "a function that is killed is Runtime.ExitError with the signal",
    async ({ launch, probe, invoke }) => {
      const answer = await invoke(await launch(probe()), { do: "kill" });
      isFunctionError(answer, "Runtime.ExitError", /Error: Runtime exited with error: signal: killed$/);
    },
    { needs: ["signals"] },
  );

  add(
    "a function that needs more than its memory is Runtime.OutOfMemory",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ memorySizeMb: 192 }));
      const answer = await invoke(environment, allocating, { timeoutMs: 50_000 });
      isFunctionError(answer, "Runtime.OutOfMemory", /Error: Runtime exited with error: signal: killed$/);
    },
    { needs: ["memoryLimit"] },
  );

  add("a function beyond its deadline is Sandbox.Timedout, and does not go on", async (bench) => {
    const { launch, probe, invoke } = bench;
    const [slow, other] = await Promise.all([launch(probe({ timeoutSeconds: 1 })), launch(probe())]);
    const answer = await invoke(slow, { do: "sleep", ms: 60_000 }, { timeoutMs: 1_000 });
    const message = `RequestId: ${answer.requestId} Error: Task timed out after 1.00 seconds`;
    isFunctionError(answer, "Sandbox.Timedout", message);
    await hasEndedOrBeginsAnew(slow, "timedout", invoke(slow, { do: "count" }, { timeoutMs: 1_000 }));
    assert.equal((await invoke(other, { do: "echo", value: "untouched" })).body, "untouched");
  });
});
