import { describe, expect, test } from "vitest";
import { ManualClock, systemClock } from "./clock.ts";

describe("ManualClock", () => {
  test("fires what falls due in order, and only that", async () => {
    const clock = new ManualClock(1_000);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b@${clock.now()}`));
    clock.after(10, () => seen.push(`a@${clock.now()}`));
    clock.after(31, () => seen.push("late"));
    await clock.advance(30);
    expect(seen).toEqual(["a@1010", "b@1020"]);
    expect(clock.now()).toBe(1_030);
    expect(clock.pending).toBe(1);
  });

  test("lets a sleeper that sleeps again wake within one advance", async () => {
    const clock = new ManualClock();
    const wakes: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10);
        wakes.push(clock.now());
      }
    })();
    await clock.advance(30);
    await loop;
    expect(wakes).toEqual([10, 20, 30]);
  });

  test("rejects a sleep with the reason of its signal and forgets the timer", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });

  test("does not fire what was cancelled", async () => {
    const clock = new ManualClock();
    let fired = false;
    clock.after(5, () => {
      fired = true;
    })();
    await clock.advance(10);
    expect(fired).toBe(false);
  });
});

describe("systemClock", () => {
  test("rejects an aborted sleep with the signal's own reason", async () => {
    const reason = new Error("stop");
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test("does not fire a wait longer than a timer can hold at once", async () => {
    let fired = false;
    const cancel = systemClock.after(2 ** 31 + 1_000, () => {
      fired = true;
    });
    await systemClock.sleep(5);
    cancel();
    expect(fired).toBe(false);
  });
});
