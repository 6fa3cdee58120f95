import { ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { RieLog } from "./rie-log.ts";

const feed = (log: RieLog, text: string): string =>
  text
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(log.ofFunction(Buffer.from(line)) ?? []).toString())
    .join("");

const invocation = `START RequestId: 1 Version: $LATEST
26 Nov 2026 01:02:03,123 [INFO] (rapid) exec '/var/runtime/bootstrap' (cwd=/var/task, handler=)
START of work
END RequestId: 1
REPORT RequestId: 1\tDuration: 1.00 ms\t
`;

test("the emulator's own lines are not the function's", () => {
  expect(feed(new RieLog(new ManualClock(0)), invocation)).toBe("START of work\n");
});

test("an invocation's log is complete with its report, whenever that comes", async () => {
  const log = new RieLog(new ManualClock(0));
  const { signal } = new AbortController();
  feed(log, invocation);
  await log.reached(1, signal);
  let reached = false;
  const waiting = log.reached(2, signal).then(() => {
    reached = true;
  });
  await Promise.resolve();
  expect(reached).toBe(false);
  feed(log, invocation);
  await waiting;
});

test("a report that does not come holds up one invocation, not every one after it", async () => {
  const clock = new ManualClock(0);
  const log = new RieLog(clock);
  const { signal } = new AbortController();
  const waiting = log.reached(1, signal);
  await clock.advance(1_000);
  await waiting;
  feed(log, invocation);
  await log.reached(2, signal);
});
