import { ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { LogCapture } from "./log-capture.ts";

function captured(): { capture: LogCapture; clock: ManualClock; lines: string[] } {
  const clock = new ManualClock();
  const capture = new LogCapture(clock);
  const lines: string[] = [];
  capture.listen({ wanted: true, line: (_source, text) => lines.push(text) });
  return { capture, clock, lines };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turns = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await turn();
};

test("half a line that is still on its way is one line", async () => {
  const { capture, clock, lines } = captured();
  capture.append(Buffer.from("one\ntw"));
  const complete = capture.complete();
  await turns(5);
  capture.append(Buffer.from("o\n"));
  await clock.advance(3);
  await clock.advance(3);
  await complete;
  expect(lines).toEqual(["one", "two"]);
});

test("a line that the function did not end is one once nothing more comes", async () => {
  const { capture, clock, lines } = captured();
  capture.append(Buffer.from("one\ntwo"));
  const complete = capture.complete();
  await turns(5);
  expect(lines).toEqual(["one"]);
  await clock.advance(3);
  await complete;
  expect(lines).toEqual(["one", "two"]);
});

test("a direct log is read on while more of it comes, but not for ever", async () => {
  const { capture } = captured();
  let written = 0;
  let settled = false;
  const writing = (async () => {
    while (!settled && written < 1_000) {
      capture.append(Buffer.from("x\n"));
      written += 1;
      await turn();
    }
  })();
  await capture.settled();
  settled = true;
  await writing;
  expect(written).toBeGreaterThan(10);
  expect(written).toBeLessThan(1_000);
});
