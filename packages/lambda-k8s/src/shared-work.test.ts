import { type Deferred, deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { SharedWork } from "./shared-work.ts";

function setUp(): {
  run: (key: string, signal?: AbortSignal) => Promise<string>;
  started: { readonly key: string; readonly signal: AbortSignal; readonly result: Deferred<string> }[];
} {
  const started: { key: string; signal: AbortSignal; result: Deferred<string> }[] = [];
  const work = new SharedWork<string>();
  const run = (key: string, signal = new AbortController().signal): Promise<string> =>
    work.run(
      key,
      (own) => {
        const result = deferred<string>();
        own.addEventListener("abort", () => result.reject(own.reason));
        started.push({ key, signal: own, result });
        return result.promise;
      },
      signal,
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
