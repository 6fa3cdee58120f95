import assert from "node:assert/strict";
import type { CodePackage } from "../../backend/index.ts";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf } from "../expectations.ts";

const nobodyWaits = new Error("nobody waits any more");

/** The launch is aborted when `abortAt` says so: it rejects with the reason, and nothing is left. */
async function abortedLaunch(
  { launch, probe, abilities }: Bench<"leftovers">,
  abortAt: (abort: () => void, code: CodePackage) => CodePackage,
): Promise<void> {
  const controller = new AbortController();
  // A function that is never ready, so that no launch is quicker than its end.
  const request = probe({ files: { "index.mjs": "await new Promise((resolve) => setTimeout(resolve, 60_000));" } });
  const code = abortAt(() => controller.abort(nobodyWaits), request.code);
  const error = await failureOf(launch({ ...request, code, initTimeoutMs: 60_000 }, controller.signal));
  assert.equal(error, nobodyWaits, `the signal's reason was expected, not ${String(error)}`);
  assert.deepEqual(await abilities.leftovers(), [], "the launch was aborted, but something is left");
}

export const abortCases: readonly ConformanceCase[] = casesOf("abort", (add) => {
  add(
    "a launch that is not wanted any more when it begins leaves nothing",
    async (bench) =>
      await abortedLaunch(bench, (abort, code) => {
        abort();
        return code;
      }),
    { needs: ["leftovers"] },
  );

  add(
    "a launch that is aborted at once leaves nothing",
    async (bench) =>
      await abortedLaunch(bench, (abort, code) => {
        setImmediate(abort);
        return code;
      }),
    { needs: ["leftovers"] },
  );

  add(
    "a launch that is aborted when its code is asked for leaves nothing",
    async (bench) =>
      await abortedLaunch(bench, (abort, code) => ({
        ...code,
        content: () => {
          abort();
          return code.content();
        },
      })),
    { needs: ["leftovers"] },
  );

  add(
    "a launch that is aborted in the init phase leaves nothing",
    async (bench) =>
      await abortedLaunch(bench, (abort, code) => ({
        ...code,
        content: async function* () {
          yield* code.content();
          setTimeout(abort, 300);
        },
      })),
    { needs: ["leftovers"] },
  );

  add("what aborts after a launch is done does not end the environment", async ({ launch, probe, invoke }) => {
    const controller = new AbortController();
    const environment = await launch(probe(), controller.signal);
    controller.abort(nobodyWaits);
    assert.equal((await invoke(environment, { do: "echo", value: "still here" })).body, "still here");
  });
});
