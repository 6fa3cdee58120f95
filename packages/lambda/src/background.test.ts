import { deferred, FcError, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { Background } from "./background.ts";

describe("background work", () => {
  test("is waited for by account, and its failure does not reject who waits", async () => {
    const background = new Background(silentLogger, new ManualClock());
    const mine = deferred<void>();
    const other = deferred<void>();
    const done: string[] = [];
    background.run("1", "mine", () => mine.promise);
    background.run("2", "other's", () => other.promise);
    const waiting = [background.idle("1").then(() => done.push("one")), background.idle().then(() => done.push("all"))];
    mine.reject(new Error("no"));
    await waiting[0];
    expect(done).toEqual(["one"]);
    other.resolve();
    await waiting[1];
    expect(done).toEqual(["one", "all"]);
  });

  test("stores the end of work when there is space again, and leaves it when the service stops", async () => {
    const clock = new ManualClock();
    const background = new Background(silentLogger, clock);
    let isFull = true;
    const stored: string[] = [];
    const change = (name: string) => (): void => {
      if (isFull) throw new FcError("FC_STORAGE_FULL", "full", { retryable: true });
      stored.push(name);
    };
    const first = background.store("one", change("one"));
    for (let passed = 0; passed < 10; passed += 1) await clock.advance(10_000);
    expect(stored).toEqual([]);
    isFull = false;
    await clock.advance(10_000);
    await first;
    expect(stored).toEqual(["one"]);
    isFull = true;
    const second = background.store("two", change("two"));
    background.stop();
    await expect(second).rejects.toThrow("being stopped");
    await expect(background.store("three", change("three"))).rejects.toMatchObject({ code: "FC_STORAGE_FULL" });
    await expect(background.store("four", raise)).rejects.toThrow("no");
  });
});

function raise(): never {
  throw new Error("no");
}
