import { type Deferred, deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { SharedWork, type WorkOptions } from "./shared-work.ts";

function setUp(): {
  run: (key: string, signal?: AbortSignal, onProgress?: () => void) => Promise<string>;
  started: (WorkOptions & { readonly key: string; readonly result: Deferred<string> })[];
} {
  const started: (WorkOptions & { key: string; result: Deferred<string> })[] = [];
  const work = new SharedWork<string>();
  const run = (key: string, signal = new AbortController().signal, onProgress = () => {}): Promise<string> =>
    work.run(
      key,
      (own) => {
        const result = deferred<string>();
        own.signal.addEventListener("abort", () => result.reject(own.signal.reason));
        started.push({ ...own, key, result });
        return result.promise;
      },
      { signal, onProgress },
    );
  return { run, started };
}

describe("work that several want", () => {
  test("is done once while it runs, with one result for all, and again later", async () => {
    const { run, started } = setUp();
    const all = Promise.all([run("a"), run("a"), run("b")]);
    expect(started.map(({ key }) => key)).toEqual(["a", "b"]);
    for (const { key, result } of started) result.resolve(`done ${key}`);
    expect(await all).toEqual(["done a", "done a", "done b"]);
    const failed = Promise.allSettled([run("a"), run("a")]);
    expect(started).toHaveLength(3);
    started[2]?.result.reject(new Error("no"));
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  test("tells all who want it that it goes forward, and who left no more", async () => {
    const { run, started } = setUp();
    const told: string[] = [];
    const tell = (who: string) => () => void told.push(who);
    const leaving = new AbortController();
    const all = [run("a", undefined, tell("first")), run("a", leaving.signal, tell("second"))];
    const left = expect(all[1]).rejects.toThrow("left");
    started[0]?.onProgress?.();
    leaving.abort(new Error("left"));
    await left;
    started[0]?.onProgress?.();
    expect(told).toEqual(["first", "second", "first"]);
    started[0]?.result.resolve("done");
    expect(await all[0]).toBe("done");
  });

  test("goes on while one still wants it, and is abandoned by the last", async () => {
    const { run, started } = setUp();
    const [first, last] = [new AbortController(), new AbortController()];
    const both = [run("a", first.signal), run("a", last.signal)];
    first.abort(new Error("the first"));
    await expect(both[0]).rejects.toThrow("the first");
    expect(started[0]?.signal.aborted).toBe(false);
    last.abort(new Error("the last"));
    await expect(both[1]).rejects.toThrow("the last");
    expect(started[0]?.signal.aborted).toBe(true);
    void run("a").catch(() => undefined);
    expect(started).toHaveLength(2);
    await expect(run("a", first.signal)).rejects.toThrow("the first");
  });
});
