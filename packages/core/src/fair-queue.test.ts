import { describe, expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";
import { Semaphore } from "./semaphore.ts";

describe("FairQueue", () => {
  test("serves waiters in the order they came", async () => {
    const queue = new FairQueue<string>();
    const waits = [queue.wait(), queue.wait()];
    expect(queue.offer("first")).toBe(true);
    expect(queue.offer("second")).toBe(true);
    expect(queue.offer("nobody")).toBe(false);
    expect(await Promise.all(waits)).toEqual(["first", "second"]);
  });

  test("skips a waiter that gave up", async () => {
    const queue = new FairQueue<string>();
    const controller = new AbortController();
    const left = queue.wait(controller.signal);
    const stays = queue.wait();
    controller.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    queue.offer("x");
    expect(await stays).toBe("x");
    expect(queue.size).toBe(0);
  });

  test("rejects everybody at once", async () => {
    const queue = new FairQueue<void>();
    const waits = [queue.wait(), queue.wait()];
    queue.rejectAll(new Error("closing"));
    for (const wait of waits) await expect(wait).rejects.toThrow("closing");
  });
});

describe("Semaphore", () => {
  test("never lets more than its limit in, and serves in order", async () => {
    const semaphore = new Semaphore(2);
    let inside = 0;
    let peak = 0;
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4].map((index) =>
        semaphore.run(async () => {
          inside += 1;
          peak = Math.max(peak, inside);
          order.push(index);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
    expect(peak).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test("gives the place back when the work throws or the waiter leaves", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.run(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    await expect(semaphore.run(async () => "ok", AbortSignal.abort(new Error("gone")))).resolves.toBe("ok");
    expect(semaphore.waiting).toBe(0);
  });

  test("refuses a limit that lets nobody in", () => {
    expect(() => new Semaphore(0)).toThrow("got 0");
  });
});
