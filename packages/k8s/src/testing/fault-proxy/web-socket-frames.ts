/** One WebSocket frame as a server sends it (RFC 6455 5.2): never masked. */
export interface WebSocketFrame {
  /** The frame as it came. */
  readonly bytes: Buffer;
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes a byte stream apart into frames. */
export class WebSocketFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole with this chunk. */
  *push(chunk: Buffer): Generator<WebSocketFrame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let frame = firstFrame(this.#rest); frame !== undefined; frame = firstFrame(this.#rest)) {
      this.#rest = this.#rest.subarray(frame.bytes.length);
      yield frame;
    }
  }
}

/** A whole binary message in one frame, as a server sends it. */
export function binaryFrame(payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(0x82, length), payload]);
  const head = Buffer.alloc(10);
  head[0] = 0x82;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** A close frame with this code. */
export function closeFrame(code: number): Buffer {
  return Buffer.of(0x88, 2, code >> 8, code & 0xff);
}

function firstFrame(data: Buffer): WebSocketFrame | undefined {
  const [first, second] = data;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < start) return undefined;
  const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  if (data.length < start + length) return undefined;
  return {
    bytes: data.subarray(0, start + length),
    opcode: first & 0x0f,
    payload: data.subarray(start, start + length),
  };
}
