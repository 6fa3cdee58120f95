import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsWith } from "../expectations.ts";

export const launchCases: readonly ConformanceCase[] = casesOf("launch", (add) => {
  add("an environment has an id of its own and tells how long its init phase took", async ({ launch, probe }) => {
    const [first, second] = await Promise.all([launch(probe()), launch(probe())]);
    assert.ok(first.id !== "" && second.id !== "");
    assert.notEqual(first.id, second.id);
    assert.notDeepEqual(first.handle, second.handle);
    assert.match(first.handle.kind, /^(pod|process)$/);
    const { initDurationMs = Number.NaN } = first;
    assert.ok(initDurationMs >= 0, `${initDurationMs} ms`);
  });

  add("many launches at once give as many environments, each with a state of its own", async (bench) => {
    const { launch, probe, invoke } = bench;
    const environments = await Promise.all(Array.from({ length: 8 }, () => launch(probe({ memorySizeMb: 128 }))));
    const answers = await Promise.all(environments.map((one, value) => invoke(one, { do: "echo", value })));
    assert.deepEqual(
      answers.map(({ body }) => body),
      environments.map((_, index) => index),
    );
    const counts = await Promise.all(environments.map((environment) => invoke(environment, { do: "count" })));
    assert.deepEqual(
      counts.map(({ body }) => body["count"]),
      environments.map(() => 2),
    );
  });

  add("environments work at the same time", async ({ launch, probe, invoke }) => {
    const environments = await Promise.all(Array.from({ length: 3 }, () => launch(probe())));
    // Long enough that events which were all sent at once must overlap; those that wait for one another never do.
    const answers = await Promise.all(environments.map((one) => invoke(one, { do: "sleep", ms: 1_500 })));
    const lastStart = Math.max(...answers.map(({ body }) => Number(body["from"])));
    const firstEnd = Math.min(...answers.map(({ body }) => Number(body["to"])));
    assert.ok(lastStart < firstEnd, `the last began at ${lastStart}, when the first had ended at ${firstEnd}`);
  });

  add("a runtime that the backend does not have is refused by name", async ({ launch, probe }) => {
    const error = await failsWith(launch(probe({ runtime: "cobol9.x" })), "FC_LAMBDA_RUNTIME_UNSUPPORTED");
    assert.match(error.message, /cobol9\.x/);
  });

  add(
    "preparing tells what would be wrong, and a launch works after it",
    async ({ backend, launch, probe, invoke }) => {
      if (backend.prepare === undefined) return;
      await failsWith(backend.prepare(probe({ runtime: "cobol9.x" })), "FC_LAMBDA_RUNTIME_UNSUPPORTED");
      await backend.prepare(probe());
      const environment = await launch(probe());
      assert.equal((await invoke(environment, { do: "echo", value: "prepared" })).body, "prepared");
    },
  );
});
