import { deferred } from "@fc/core";
import { expect, test } from "vitest";
import { RunningSnapshots } from "./running-snapshots.ts";

test("only snapshots of the Pod are hurried, and only those that run", async () => {
  const snapshots = new RunningSnapshots();
  const end = deferred();
  const signals: AbortSignal[] = [];
  const read = async (hurry: AbortSignal): Promise<number> => {
    signals.push(hurry);
    await end.promise;
    return signals.length;
  };
  const running = ["one", "one", "other"].map((pod) => snapshots.run(pod, read));
  snapshots.hurry("one");
  snapshots.hurry("nobody");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  end.resolve();
  expect(await Promise.all(running)).toEqual([3, 3, 3]);
  snapshots.hurry("other");
  expect(signals[2]?.aborted).toBe(false);
});
