import { StatusError } from "../../store/status-error.ts";

/** One field of a protobuf message as it is on the wire. */
export interface WireField {
  readonly number: number;
  /** Of a varint; 0n otherwise. */
  readonly value: bigint;
  /** Of a length-delimited or fixed field; empty otherwise. */
  readonly bytes: Buffer;
}

const none = Buffer.alloc(0);

/** Reads the fields of a message in order. @throws StatusError 400 when the bytes end inside of a field. */
export function* wireFields(message: Buffer): Generator<WireField, void, undefined> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset];
      if (byte === undefined) throw broken();
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken();
  };
  const take = (length: number): Buffer => {
    if (offset + length > message.length) throw broken();
    offset += length;
    return message.subarray(offset - length, offset);
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    if ((tag & 7) === 0) yield { number, value: varint(), bytes: none };
    else if ((tag & 7) === 1) yield { number, value: 0n, bytes: take(8) };
    else if ((tag & 7) === 2) yield { number, value: 0n, bytes: take(Number(varint())) };
    else if ((tag & 7) === 5) yield { number, value: 0n, bytes: take(4) };
    else throw broken();
  }
}

function broken(): StatusError {
  return StatusError.badRequest("the protobuf body is broken");
}
