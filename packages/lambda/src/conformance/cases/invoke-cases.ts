import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";

/** What AWS lets through: 6 MiB of event. */
const largestEventBytes = 6_291_456;

export const invokeCases: readonly ConformanceCase[] = casesOf("invoke", (add) => {
  add("events and answers come as they are", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const values = [
      null,
      0,
      -1.5e300,
      false,
      "",
      [],
      {},
      "zwölf € 🦆 \u0000 \u2028 \\ \" ' $(x) \r\n",
      { ключ: [{ deep: [[null, { a: "b" }]] }] },
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString("base64"),
      { errorMessage: "no error", errorType: "NoError" },
    ];
    for (const value of values) {
      const { result, body } = await invoke(environment, { do: "echo", value });
      assert.equal(result.outcome, "success");
      assert.deepEqual(body, value);
      assert.ok(result.durationMs >= 0);
    }
  });

  add("a function that answers nothing answers null", async ({ launch, probe, invoke }) => {
    const { result } = await invoke(await launch(probe()), { do: "nothing" });
    assert.equal(result.outcome, "success");
    assert.equal(Buffer.from(result.payload).toString(), "null");
  });

  add("an event of 6 MiB comes whole", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const frame = JSON.stringify({ do: "digest", text: "" }).length;
    const text = "€uro ".repeat(largestEventBytes).slice(0, (largestEventBytes - frame) / 2);
    const { body } = await invoke(environment, { do: "digest", text });
    assert.deepEqual(body, { length: text.length, digest: createHash("sha256").update(text).digest("hex") });
  });

  add("an answer of 6 MiB comes whole", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const times = 390_000;
    const { body } = await invoke(environment, { do: "repeat", text: "0123456789abcdef", times });
    assert.ok(body["text"] === "0123456789abcdef".repeat(times), "the answer is another one");
  });

  add("an environment keeps its state from one event to the next", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const bodies = [];
    for (let event = 0; event < 4; event += 1) bodies.push((await invoke(environment, { do: "count" })).body);
    assert.deepEqual(
      bodies.map((body) => body["count"]),
      [1, 2, 3, 4],
    );
    assert.equal(new Set(bodies.map((body) => body["pid"])).size, 1, "it is another process");
  });

  add("twenty quick events are all answered, in order", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const answers: unknown[] = [];
    for (let value = 0; value < 20; value += 1) answers.push((await invoke(environment, { do: "echo", value })).body);
    assert.deepEqual(answers, [...Array(20).keys()]);
  });

  add("an environment never runs two events at once", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const first = invoke(environment, { do: "sleep", ms: 300 });
    const second = await invoke(environment, { do: "sleep", ms: 300 }).then(
      () => "answered",
      () => "refused",
    );
    assert.equal((await first).result.outcome, "success");
    const { count, most } = (await invoke(environment, { do: "count" })).body;
    assert.equal(most, 1, "two events ran at once");
    assert.equal(count, second === "answered" ? 3 : 2, `the second event was ${second}`);
  });
});
