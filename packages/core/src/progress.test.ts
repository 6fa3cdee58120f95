import { describe, expect, test } from "vitest";
import { deferred } from "./deferred.ts";
import { Progress } from "./progress.ts";

describe("Progress", () => {
  test("is told to all who wait, as often as they wait, and to nobody whose work has ended or failed", async () => {
    const progress = new Progress();
    const [one, other] = [deferred<string>(), deferred<string>()];
    let told = 0;
    const tell = (): void => {
      told += 1;
    };
    const first = progress.during(tell, () => one.promise);
    const second = progress.during(tell, () => other.promise);
    const silent = progress.during(undefined, () => one.promise);
    progress.tell();
    expect(told).toBe(2);
    one.resolve("done");
    expect([await first, await silent]).toEqual(["done", "done"]);
    progress.tell();
    expect(told).toBe(3);
    other.reject(new Error("failed"));
    await expect(second).rejects.toThrow("failed");
    progress.tell();
    expect(told).toBe(3);
  });
});
