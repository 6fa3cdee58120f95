import { Buffer } from "node:buffer";
import { Crc64 } from "../rdb/crc64.ts";

/** A whole RDB file, by its frame: what is in it is for no engine. */
export function sampleRdb(body: Uint8Array = new Uint8Array(), magic = "REDIS0011"): Buffer {
  const head = Buffer.concat([Buffer.from(magic), body, Buffer.from([0xff])]);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(new Crc64().update(head).value());
  return Buffer.concat([head, sum]);
}
