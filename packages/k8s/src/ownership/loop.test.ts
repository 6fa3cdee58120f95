import { ManualClock, silentLogger } from "@fc/core";
import { expect, test } from "vitest";
import { Loop } from "./loop.ts";

function loopOf(work: (signal: AbortSignal) => Promise<void>): { readonly loop: Loop; readonly clock: ManualClock } {
  const clock = new ManualClock();
  const what = "the work";
  const loop = new Loop({ what, work, firstMs: 100, everyMs: 1_000, clock, logger: silentLogger, random: () => 0.5 });
  return { loop, clock };
}

test("runs first after its delay and then at its interval", async () => {
  const runs: number[] = [];
  const { clock } = loopOf(async () => void runs.push(clock.now()));
  await clock.advance(2_100);
  expect(runs).toEqual([100, 1_100, 2_100]);
});

test("runs at once when kicked, and once more when kicked while it runs", async () => {
  const runs: (() => void)[] = [];
  const { loop, clock } = loopOf(() => new Promise<void>((resolve) => runs.push(resolve)));
  loop.kick();
  for (let i = 0; i < 3; i += 1) loop.kick();
  expect(runs).toHaveLength(1);
  runs[0]?.();
  await clock.advance(0);
  expect(runs).toHaveLength(2);
  runs[1]?.();
  await clock.advance(999);
  expect(runs).toHaveLength(2);
  await clock.advance(1);
  expect(runs).toHaveLength(3);
});

test("tries again with growing delays after failures, and never later than its interval", async () => {
  const runs: number[] = [];
  const { clock } = loopOf(async () => {
    runs.push(clock.now());
    if (runs.length < 6) throw new Error("refused");
  });
  await clock.advance(5_000);
  expect(runs.slice(0, 7)).toEqual([100, 200, 400, 800, 1_600, 2_600, 3_600]);
});

test("ends when disposed of, after the run that is under way, which is told", async () => {
  let told: unknown;
  let ended = false;
  const { loop, clock } = loopOf(
    (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          told = signal.reason;
          queueMicrotask(() => {
            ended = true;
            reject(signal.reason as Error);
          });
        });
      }),
  );
  loop.kick();
  await loop[Symbol.asyncDispose]();
  expect(told).toBeInstanceOf(Error);
  expect(ended).toBe(true);
  loop.kick();
  expect(clock.pending).toBe(0);
});
