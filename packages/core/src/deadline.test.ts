import { describe, expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";

describe("withDeadline", () => {
  test("gives the result of work that is in time and leaves no timer", async () => {
    const clock = new ManualClock();
    await expect(withDeadline({ timeoutMs: 10, what: "work", clock }, async () => 7)).resolves.toBe(7);
    expect(clock.pending).toBe(0);
  });

  test("rejects by name when the time is up, and aborts the work", async () => {
    const clock = new ManualClock();
    let inner: AbortSignal | undefined;
    const late = withDeadline({ timeoutMs: 10, what: "waiting for Pod x", clock }, (signal) => {
      inner = signal;
      return new Promise(() => undefined);
    });
    const outcome = expect(late).rejects.toMatchObject({
      code: "FC_DEADLINE_EXCEEDED",
      message: "waiting for Pod x: not done within 10 ms",
    });
    await clock.advance(10);
    await outcome;
    expect(inner?.aborted).toBe(true);
  });

  test("gives work that goes forward the whole time again, and leaves no timer when it is told so after its end", async () => {
    const clock = new ManualClock();
    let renewed: () => void = () => undefined;
    const late = withDeadline({ timeoutMs: 10, what: "pulling", clock }, (_signal, renew) => {
      renewed = renew;
      return new Promise(() => undefined);
    });
    const outcome = expect(late).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
    for (let times = 0; times < 3; times += 1) {
      await clock.advance(9);
      renewed();
    }
    expect(clock.pending).toBe(1);
    await clock.advance(10);
    await outcome;
    renewed();
    expect(clock.pending).toBe(0);
  });

  test("rejects with the caller's reason when the caller gives up first", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const work = withDeadline(
      { timeoutMs: 10, what: "x", clock, signal: controller.signal },
      () => new Promise(() => undefined),
    );
    controller.abort(new Error("changed my mind"));
    await expect(work).rejects.toThrow("changed my mind");
    expect(clock.pending).toBe(0);
  });

  test("does not start work for a caller that is gone already", async () => {
    let started = false;
    const work = withDeadline({ timeoutMs: 10, what: "x", signal: AbortSignal.abort(new Error("gone")) }, async () => {
      started = true;
    });
    await expect(work).rejects.toThrow("gone");
    expect(started).toBe(false);
  });
});
