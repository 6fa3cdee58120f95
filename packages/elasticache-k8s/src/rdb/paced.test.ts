import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { paced } from "./paced.ts";

/** Takes one chunk after the other and notes when it came. */
async function arrivals(
  source: AsyncIterable<Uint8Array>,
  clock: ManualClock,
  signal: AbortSignal = new AbortController().signal,
  hurry: AbortSignal = new AbortController().signal,
): Promise<number[]> {
  const times: number[] = [];
  for await (const _ of paced(source, { bytesPerSecond: 1_000, clock, hurry, signal })) times.push(clock.now());
  return times;
}

async function* chunks(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield new Uint8Array(bytes);
}

describe("paced", () => {
  test("asks for the next chunk when the last one's time is over", async () => {
    const clock = new ManualClock();
    const times = arrivals(chunks(4, 100), clock);
    await clock.advance(1_000);
    expect(await times).toEqual([0, 100, 200, 300]);
  });

  test("puts rests together that are too short for a timer", async () => {
    const clock = new ManualClock();
    const times = arrivals(chunks(6, 4), clock);
    await clock.advance(1_000);
    expect(await times).toEqual([0, 0, 8, 8, 16, 16]);
  });

  test("does not make up for the time in which nothing came", async () => {
    const clock = new ManualClock();
    const source = (async function* () {
      yield new Uint8Array(100);
      await clock.sleep(10_000);
      yield* chunks(3, 100);
    })();
    const times = arrivals(source, clock);
    await clock.advance(20_000);
    expect(await times).toEqual([0, 10_100, 10_200, 10_300]);
  });

  test("holds nothing back any more once it is hurried, in the middle of a rest as well", async () => {
    const clock = new ManualClock();
    const hurry = new AbortController();
    const times = arrivals(chunks(5, 100), clock, undefined, hurry.signal);
    await clock.advance(150);
    hurry.abort();
    expect(await times).toEqual([0, 100, 150, 150, 150]);
    expect(clock.pending).toBe(0);
  });

  test("ends its rest and the source when it is aborted", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    let ended = false;
    const source = (async function* () {
      try {
        yield* chunks(2, 100_000);
      } finally {
        ended = true;
      }
    })();
    const times = arrivals(source, clock, stop.signal);
    await clock.advance(1);
    stop.abort(new Error("enough"));
    await expect(times).rejects.toThrow("enough");
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
