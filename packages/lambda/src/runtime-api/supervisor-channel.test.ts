import { once } from "node:events";
import { PassThrough } from "node:stream";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { SupervisorChannel } from "./supervisor-channel.ts";

/** A supervisor that is asked, and answers what the test says. */
function setUp(): {
  channel: SupervisorChannel;
  clock: ManualClock;
  socket: PassThrough;
  answer: (text: string) => void;
} {
  const clock = new ManualClock(0);
  const channel = new SupervisorChannel(clock);
  const socket = new PassThrough();
  channel.attach(socket);
  return { channel, clock, socket, answer: (text) => void socket.emit("data", Buffer.from(text)) };
}

describe("the channel to an environment's supervisor", () => {
  test("gives the figure that was answered, in whatever pieces it comes", async () => {
    const { channel, answer } = setUp();
    const asked = channel.peakMemory();
    answer("memory 12");
    answer("34\n");
    expect(await asked).toBe(1_234);
  });

  test("knows nothing where the supervisor knows nothing", async () => {
    const { channel, answer } = setUp();
    const asked = channel.peakMemory();
    answer("memory -\n");
    expect(await asked).toBeUndefined();
  });

  test("does not wait for a supervisor that does not answer, nor for one that is gone", async () => {
    const { channel, clock, socket, answer } = setUp();
    const first = channel.peakMemory();
    answer("memory 7\n");
    await first;
    const asked = channel.peakMemory();
    await clock.advance(1_000);
    expect(await asked).toBe(7);
    const again = channel.peakMemory();
    socket.destroy();
    expect(await again).toBe(7);
    expect(await channel.peakMemory()).toBe(7);
  });

  test("hardly waits once the runtime's end was reported, and takes the figure that came with it", async () => {
    const { channel, clock } = setUp();
    const before = channel.peakMemory();
    channel.exitReported(11);
    expect(await before).toBe(11);
    const after = channel.peakMemory();
    await clock.advance(100);
    expect(await after).toBe(11);
  });

  test("has marks left in the log, but not while the runtime is being ended or when nobody is there", async () => {
    const { channel, socket } = setUp();
    const told: string[] = [];
    socket.on("data", (chunk: Buffer) => void told.push(chunk.toString()));
    expect(channel.mark("one")).toBe(true);
    channel.reset();
    expect(channel.mark("two")).toBe(false);
    channel.started();
    expect(channel.mark("three")).toBe(true);
    socket.end();
    await once(socket, "end");
    expect(told.join("")).toBe("MARK one\nRESET\nMARK three\n");
    expect(channel.mark("four")).toBe(false);
  });

  test("never goes back from a peak", async () => {
    const { channel, answer } = setUp();
    const answers = ["9", "3"].map(async (bytes) => {
      const asked = channel.peakMemory();
      answer(`memory ${bytes}\n`);
      return await asked;
    });
    expect(await Promise.all(answers)).toEqual([9, 9]);
  });
});
