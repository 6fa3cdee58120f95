import { deferred, type LogFields, type Logger, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";
import { type MemoryLogDestination, memoryLogDestination } from "../testing/memory-log-destination.ts";
import type { ShippedLog } from "./environment-log.ts";
import { LogShipper } from "./log-shipper.ts";

const spec = {
  account: "111122223333",
  region: "eu-west-1",
  functionName: "f",
  version: "7",
  logGroup: "/group",
} as FunctionSpec;
const unreachable = new EventSourceError("FC_EVENT_SOURCE_FAILED", "down", { retryable: true });

class Rig {
  readonly clock: ManualClock = new ManualClock(Date.UTC(2026, 0, 1));
  readonly destination: MemoryLogDestination = memoryLogDestination({ bytes: 100_000, eventBytes: 1_000 });
  readonly warnings: LogFields[] = [];
  readonly shipper: LogShipper;

  constructor() {
    const logger: Logger = { ...silentLogger, warn: (fields: LogFields) => void this.warnings.push(fields) };
    this.shipper = new LogShipper({ destination: this.destination, clock: this.clock, logger });
  }

  write(log: ShippedLog, text: string, timeMs: number = this.clock.now()): void {
    log.write({ timeMs, source: "function", text });
  }

  messages(): readonly (readonly string[])[] {
    return this.destination.batches.map(({ events }) => events.map(({ message }) => message));
  }
}

describe("shipping logs", () => {
  test("writes what comes within a moment in one call, to a stream of the function's group", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    rig.write(log, "one");
    rig.write(log, "two");
    await rig.clock.advance(249);
    expect(rig.messages()).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.messages()).toEqual([["one\n", "two\n"]]);
    expect(rig.destination.batches[0]?.stream).toEqual({
      account: "111122223333",
      region: "eu-west-1",
      group: "/group",
      name: log.streamName,
    });
    expect(log.streamName).toMatch(/^2026\/01\/01\/\[7\][0-9a-f]{32}$/);
  });

  test("keeps to the limits of the destination: events, bytes, time, and the length of one", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    for (let n = 0; n < 10_001; n += 1) rig.write(log, "");
    rig.write(log, "ü".repeat(2_000));
    for (let n = 0; n < 150; n += 1) rig.write(log, "x".repeat(900));
    rig.write(log, "a day later", rig.clock.now() + 24 * 60 * 60 * 1_000);
    await rig.clock.advance(5_000);
    const batches = rig.destination.batches.map(({ events }) => events);
    expect(batches[0]).toHaveLength(3_703); // 27 bytes each
    for (const events of batches)
      expect(events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0)).toBeLessThanOrEqual(
        100_000,
      );
    expect(batches.at(-1)?.map(({ message }) => message)).toEqual(["a day later\n"]);
    const cut = batches.flat().find(({ message }) => message.startsWith("ü"))?.message ?? "";
    expect(Buffer.byteLength(cut)).toBe(974);
    expect(batches.flat()).toHaveLength(10_153);
  });

  test("tries again later and later while the destination is away, and loses nothing and changes no order", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    rig.destination.failure = unreachable;
    rig.write(log, "one");
    await rig.clock.advance(250 + 200 + 400 + 800);
    expect(rig.destination.calls).toBe(4);
    rig.write(log, "two");
    rig.destination.failure = undefined;
    await rig.clock.advance(1_600 + 250);
    expect(rig.messages()).toEqual([["one\n"], ["two\n"]]);
  });

  test("drops what the destination will never take, and says how much", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    rig.destination.failure = new EventSourceError("FC_EVENT_SOURCE_FAILED", "no", { retryable: false });
    rig.write(log, "one");
    rig.write(log, "two");
    await rig.clock.advance(250);
    expect(rig.warnings.at(-1)).toMatchObject({ group: "/group", dropped: 2 });
    rig.destination.failure = undefined;
    rig.write(log, "three");
    await rig.clock.advance(250);
    expect(rig.messages()).toEqual([["three\n"]]);
  });

  test("holds 32 Mi characters at most, and says how many lines it dropped beyond", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    rig.destination.failure = unreachable;
    const lines = 36_000;
    for (let n = 0; n < lines; n += 1) rig.write(log, "x".repeat(970));
    rig.destination.failure = undefined;
    await rig.clock.advance(60 * 60_000);
    const kept = rig.destination.batches.flatMap(({ events }) => events).length;
    expect(kept).toBeLessThan(lines);
    expect(kept).toBe(Math.floor((32 * 1024 * 1024) / 971));
    expect(rig.warnings.filter(({ dropped }) => dropped !== undefined)).toMatchObject([{ dropped: lines - kept }]);
  });

  test("takes without waiting, whatever the destination does", async () => {
    const rig = new Rig();
    const log = rig.shipper.open(spec);
    rig.destination.gate = deferred();
    rig.write(log, "one");
    await rig.clock.advance(250);
    rig.write(log, "two");
    expect(rig.destination.calls).toBe(1);
    rig.destination.gate.resolve();
    rig.destination.gate = undefined;
    await rig.clock.advance(250);
    expect(rig.messages()).toEqual([["one\n"], ["two\n"]]);
  });

  test("writes what is left before it ends, and gives up after five seconds", async () => {
    const rig = new Rig();
    rig.write(rig.shipper.open(spec), "last words");
    await rig.shipper[Symbol.asyncDispose]();
    expect([rig.messages(), rig.destination.closed]).toEqual([[["last words\n"]], true]);
    const other = new Rig();
    other.destination.failure = unreachable;
    other.write(other.shipper.open(spec), "lost");
    await other.clock.advance(60_000);
    const ending = other.shipper[Symbol.asyncDispose]();
    await other.clock.advance(5_000);
    await ending;
    expect(other.warnings.at(-1)).toMatchObject({ dropped: 1 });
  });
});
