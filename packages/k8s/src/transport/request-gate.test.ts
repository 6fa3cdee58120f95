import { deferred, ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { maxInFlight, RequestGate } from "./request-gate.ts";

test("a burst goes at once, and what follows at the rate", async () => {
  const clock = new ManualClock();
  const gate = new RequestGate({ perSecond: 10, burst: 3 }, clock);
  const passed: number[] = [];
  for (let i = 0; i < 6; i += 1) void gate.pass().then(() => passed.push(clock.now()));
  await clock.advance(1_000);
  expect(passed).toEqual([0, 0, 0, 100, 200, 300]);
});

test("the bucket fills again while nothing is asked, but not above the burst", async () => {
  const clock = new ManualClock();
  const gate = new RequestGate({ perSecond: 10, burst: 2 }, clock);
  await Promise.all([gate.pass(), gate.pass()]);
  await clock.advance(60_000);
  const passed: number[] = [];
  for (let i = 0; i < 3; i += 1) void gate.pass().then(() => passed.push(clock.now()));
  await clock.advance(1_000);
  expect(passed).toEqual([60_000, 60_000, 60_100]);
});

test("who waits sleeps once, and ends with the signal's reason", async () => {
  const clock = new ManualClock();
  const gate = new RequestGate({ perSecond: 1, burst: 1 }, clock);
  await gate.pass();
  const controller = new AbortController();
  const waiting = gate.pass(controller.signal);
  expect(clock.pending).toBe(1);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test("at most sixteen calls are in flight", async () => {
  const gate = new RequestGate({ perSecond: Number.POSITIVE_INFINITY, burst: 1 }, new ManualClock());
  const end = deferred();
  let running = 0;
  const calls = Array.from({ length: 40 }, () =>
    gate.run(async () => {
      running += 1;
      await end.promise;
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(running).toBe(maxInFlight);
  end.resolve();
  await Promise.all(calls);
  expect(running).toBe(40);
});

test("a limit that lets nothing through is refused", () => {
  expect(() => new RequestGate({ perSecond: 0 }, new ManualClock())).toThrow(RangeError);
  expect(() => new RequestGate({ burst: 0 }, new ManualClock())).toThrow(RangeError);
});
