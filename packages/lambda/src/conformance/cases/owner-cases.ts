import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf } from "../expectations.ts";

export const ownerCases: readonly ConformanceCase[] = casesOf("owner", (add) => {
  add("health says that functions can run, and in words", async ({ backend }) => {
    const { ready, detail } = await backend.health();
    assert.equal(ready, true, detail);
    assert.notEqual(detail, "");
    assert.notEqual(backend.name, "");
  });

  add("reaping takes nothing that lives", async ({ backend, launch, probe, invoke }) => {
    const environment = await launch(probe());
    assert.equal(await backend.reapStale(), 0);
    assert.equal((await invoke(environment, { do: "echo", value: "alive" })).body, "alive");
  });

  add("disposing of the backend ends its environments", async ({ backend, launch, probe }) => {
    const environments = await Promise.all([launch(probe()), launch(probe())]);
    await backend[Symbol.asyncDispose]();
    const ends = await Promise.all(environments.map(({ ended }) => ended));
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      ["terminated", "terminated"],
    );
  });

  add(
    "disposing of the backend leaves nothing",
    async ({ backend, launch, probe, abilities }) => {
      await Promise.all([launch(probe()), launch(probe())]);
      await backend[Symbol.asyncDispose]();
      assert.deepEqual(await abilities.leftovers(), []);
    },
    { needs: ["leftovers"] },
  );

  add("disposing of the backend ends the launches under way", async ({ backend, launch, probe }) => {
    const files = { "index.mjs": "await new Promise((resolve) => setTimeout(resolve, 60_000));" };
    const request = probe({ files, initTimeoutMs: 60_000 });
    const launching = failureOf(launch(request));
    setTimeout(() => void backend[Symbol.asyncDispose](), 300);
    await launching;
  });
});
