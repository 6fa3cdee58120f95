import { expect, test } from "vitest";
import { binaryFrame, closeFrame, type WebSocketFrame, WebSocketFrames } from "./web-socket-frames.ts";

const medium = Buffer.concat([Buffer.of(0x82, 126, 0x01, 0x00), Buffer.alloc(256, 7)]);

test.each([1, 3, 1_000, 20_000])("frames of every length are whole again from chunks of %i bytes", (size) => {
  const sent = [binaryFrame(Buffer.from("a")), medium, binaryFrame(Buffer.alloc(3_000, 1)), closeFrame(1_000)];
  const bytes = Buffer.concat(sent);
  const frames = new WebSocketFrames();
  const got: WebSocketFrame[] = [];
  for (let at = 0; at < bytes.length; at += size) got.push(...frames.push(bytes.subarray(at, at + size)));
  expect(Buffer.concat(got.map((frame) => frame.bytes))).toEqual(bytes);
  expect(got.map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
    [2, 1],
    [2, 256],
    [2, 3_000],
    [8, 2],
  ]);
});
