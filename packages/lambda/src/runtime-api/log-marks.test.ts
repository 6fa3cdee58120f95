import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { LogMarks } from "./log-marks.ts";

function setUp(): { marks: LogMarks; clock: ManualClock; asked: string[]; text: () => string } {
  const clock = new ManualClock();
  const asked: string[] = [];
  let text = "";
  const marks = new LogMarks(clock, (chunk) => {
    text += Buffer.from(chunk).toString();
  });
  marks.write = (mark) => asked.push(mark) > 0;
  return { marks, clock, asked, text: () => text };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a mark in a relayed log", () => {
  test("is found in whatever pieces it comes, with what was before it and nothing of what is behind it", async () => {
    for (const size of [1, 7, 1_000]) {
      const { marks, asked, text } = setUp();
      marks.push(Buffer.from("one\n"));
      const passed = marks.passed().then((isPassed) => (isPassed ? text() : undefined));
      const stream = Buffer.from(`two\x1e\n${asked[0]}three\n`);
      for (let at = 0; at < stream.length; at += size) marks.push(stream.subarray(at, at + size));
      expect(await passed).toBe("one\ntwo\x1e\n");
      await turn();
      expect(text()).toBe("one\ntwo\x1e\nthree\n");
    }
  });

  test("that was lost on its way is made up for by the next one", async () => {
    const { marks, asked, text } = setUp();
    const both = Promise.all([marks.passed(), marks.passed()]);
    marks.push(Buffer.from(`one\n${asked[1]}`));
    expect(await both).toEqual([true, true]);
    expect(text()).toBe("one\n");
  });

  test("that is late is not waited for, and taken out when it comes", async () => {
    const { marks, clock, asked, text } = setUp();
    const passed = marks.passed();
    await clock.advance(1_000);
    expect(await passed).toBe(false);
    marks.push(Buffer.from(`one\n${asked[0]}`));
    expect(text()).toBe("one\n");
  });

  test("is not waited for when nobody writes it, or will", async () => {
    const { marks, text } = setUp();
    const passed = marks.passed();
    marks.push(Buffer.from("one\n\x1e"));
    expect(text()).toBe("one\n");
    marks.lost();
    expect(await passed).toBe(false);
    expect(text()).toBe("one\n\x1e");
    marks.write = () => false;
    expect(await marks.passed()).toBe(false);
  });
});
