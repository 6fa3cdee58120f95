import { PassThrough } from "node:stream";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { Subscription } from "./subscription.ts";
import { Telemetry } from "./telemetry.ts";

const subscription: Subscription = {
  api: "telemetry",
  schemaVersion: "2022-12-13",
  types: ["platform", "function"],
  destination: { protocol: "HTTP", port: 8080, path: "/", method: "POST" },
  buffering: { maxItems: 1_000, maxBytes: 262_144, timeoutMs: 100 },
};

/** The telemetry of an environment whose supervisor is the test. */
class Rig {
  readonly clock: ManualClock = new ManualClock(Date.UTC(2026, 0, 1));
  readonly opened: number[] = [];
  readonly telemetry: Telemetry;
  readonly written: string[] = [];
  #channel: PassThrough | undefined;

  constructor(isJson = false) {
    const openChannel = (number: number): void => {
      this.opened.push(number);
      const channel = new PassThrough();
      channel.write = (chunk: unknown) => this.written.push(String(chunk)) > 0;
      this.#channel = channel;
      this.telemetry.attach(number, channel);
    };
    this.telemetry = new Telemetry({ clock: this.clock, openChannel, isJson: () => isJson });
  }

  /** The listener's answer to the batch that is on its way. */
  async answer(line = "HTTP/1.1 200 OK"): Promise<void> {
    this.#channel?.emit("data", Buffer.from(`${line}\n`));
    await this.clock.advance(0);
  }

  break(): void {
    this.#channel?.destroy();
  }

  /** The events of every batch that went out, and no more after that. */
  batches(): readonly (readonly { readonly type: string; readonly record: unknown }[])[] {
    return this.written
      .splice(0)
      .filter((text) => text.startsWith("POST "))
      .map((text) => JSON.parse(text.slice(text.indexOf("["))));
  }
}

describe("telemetry", () => {
  test("goes out in a batch when the time is up, with what happened before the subscription", async () => {
    const rig = new Rig();
    rig.telemetry.emit("platform.initStart", { phase: "init" });
    expect(rig.telemetry.subscribe("a", subscription)).toBe("subscribed");
    rig.telemetry.line("function", "hello");
    rig.telemetry.line("extension", "not wanted");
    await rig.clock.advance(99);
    expect(rig.written).toEqual([]);
    await rig.clock.advance(1);
    const record = { name: "a", state: "Subscribed", types: ["platform", "function"] };
    expect(rig.written[0]).toMatch(/^http 8080 \d+ 5\n$/);
    expect(rig.batches()).toEqual([
      [
        { time: "2026-01-01T00:00:00.000Z", type: "platform.initStart", record: { phase: "init" } },
        { time: "2026-01-01T00:00:00.000Z", type: "platform.telemetrySubscription", record },
        { time: "2026-01-01T00:00:00.000Z", type: "function", record: "hello" },
      ],
    ]);
  });

  test("goes out at once when a batch is full, one batch at a time", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", { ...subscription, types: ["function"] });
    for (let n = 0; n < 1_500; n += 1) rig.telemetry.line("function", `line ${n}`);
    await rig.clock.advance(100);
    expect(rig.batches().map((batch) => batch.length)).toEqual([1_000]);
    await rig.answer();
    expect(rig.batches().map((batch) => batch.length)).toEqual([500]);
  });

  test("holds two batches and drops what comes beyond, and tells how much, where it is missing", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", subscription);
    await rig.clock.advance(100);
    await rig.answer();
    rig.written.length = 0;
    for (let n = 0; n < 2_500; n += 1) rig.telemetry.line("function", "x".repeat(10));
    await rig.answer();
    await rig.answer();
    const [first = [], second = [], third] = rig.batches();
    expect([first.length, second.length]).toEqual([1_000, 1_001]);
    expect(second.at(-1)).toMatchObject({
      type: "platform.logsDropped",
      record: { droppedRecords: 500, droppedBytes: expect.any(Number), reason: expect.stringContaining("slower") },
    });
    expect(third).toBeUndefined();
  });

  test("is sent again until somebody listens, later and later", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", subscription);
    await rig.clock.advance(100);
    const [batch] = rig.batches();
    for (const pauseMs of [50, 100, 200]) {
      await rig.answer("refused");
      expect(rig.batches()).toEqual([]);
      await rig.clock.advance(pauseMs);
      expect(rig.batches()).toEqual([batch]);
    }
  });

  test("that a listener refuses five times is dropped", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", subscription);
    await rig.clock.advance(100);
    for (let n = 0; n < 5; n += 1) {
      rig.written.length = 0;
      await rig.answer("HTTP/1.1 500 Oh");
      await rig.clock.advance(2_000);
    }
    expect(rig.batches()).toMatchObject([
      [{ type: "platform.logsDropped", record: { droppedRecords: 1, reason: expect.stringContaining("status 500") } }],
    ]);
  });

  test("dials anew when the channel breaks in the middle of a batch", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", subscription);
    await rig.clock.advance(100);
    const [batch] = rig.batches();
    rig.break();
    await rig.clock.advance(0);
    await rig.clock.advance(50);
    expect([rig.opened, rig.batches()]).toEqual([[0, 0], [batch]]);
  });

  test("is flushed with what its platform events wait for, at most for the given time", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", subscription);
    rig.telemetry.emit("platform.report", Promise.resolve({ n: 1 }));
    rig.telemetry.emit("platform.start", { n: 2 });
    let flushed = false;
    void rig.telemetry.flush(500).then(() => {
      flushed = true;
    });
    await rig.clock.advance(0);
    expect(
      rig
        .batches()
        .flat()
        .map(({ type }) => type),
    ).toEqual(["platform.telemetrySubscription", "platform.report", "platform.start"]);
    expect(flushed).toBe(false);
    await rig.answer();
    expect(flushed).toBe(true);
    rig.telemetry.line("function", "late");
    const late = rig.telemetry.flush(500);
    await rig.clock.advance(500);
    await late;
  });

  test("can be subscribed to once by an extension, with one of the two APIs, and not after the init phase", () => {
    const { telemetry } = new Rig();
    expect(telemetry.subscribe("a", subscription)).toBe("subscribed");
    expect(telemetry.subscribe("a", subscription)).toBe("already");
    expect(telemetry.subscribe("a", { ...subscription, api: "logs" })).toBe("other");
    telemetry.close();
    expect(telemetry.subscribe("b", subscription)).toBe("closed");
  });

  test.each([
    ["2022-12-13", true, { level: "INFO" }],
    ["2025-01-29", true, { level: "INFO" }],
    ["2022-07-01", true, '{"level":"INFO"}'],
    ["2022-12-13", false, '{"level":"INFO"}'],
  ])("with schema version %s and the log format JSON (%s) has a line as %j", async (schemaVersion, isJson, record) => {
    const rig = new Rig(isJson);
    rig.telemetry.subscribe("a", { ...subscription, schemaVersion, types: ["function"] });
    rig.telemetry.line("function", '{"level":"INFO"}');
    await rig.clock.advance(100);
    expect(rig.batches()).toMatchObject([[{ type: "function", record }]]);
  });

  test("of the Logs API has its own events, and lines with their ends", async () => {
    const rig = new Rig();
    rig.telemetry.subscribe("a", { ...subscription, api: "logs", schemaVersion: "2020-08-15" });
    for (const type of ["platform.runtimeDone", "platform.end"]) rig.telemetry.emit(type, {});
    rig.telemetry.line("function", "hello");
    await rig.clock.advance(100);
    expect(rig.batches()).toMatchObject([
      [{ type: "platform.logsSubscription" }, { type: "platform.end" }, { type: "function", record: "hello\n" }],
    ]);
  });
});
