import { EventStreamCodec } from "@smithy/core/event-streams";
import { describe, expect, test } from "vitest";
import { encodeEventMessage } from "./event-stream.ts";

describe("an event stream message", () => {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString(),
    (text) => Buffer.from(text),
  );

  test.each([0, 1, 70_000])("of %i bytes is what the SDK's own codec reads", (size) => {
    const payload = new Uint8Array(size).fill(7);
    const message = codec.decode(encodeEventMessage({ ":message-type": "event", ":event-type": "ü" }, payload));
    expect(message.headers).toEqual({
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: "ü" },
    });
    expect(Buffer.from(message.body)).toEqual(Buffer.from(payload));
  });

  test("is byte by byte what the SDK's own codec writes", () => {
    const body = Buffer.from("{}");
    const expected = codec.encode({ headers: { ":event-type": { type: "string", value: "x" } }, body });
    expect(Buffer.from(encodeEventMessage({ ":event-type": "x" }, body))).toEqual(Buffer.from(expected));
  });
});
