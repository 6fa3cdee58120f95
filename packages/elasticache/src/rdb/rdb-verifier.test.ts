import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Crc64 } from "./crc64.ts";
import { type RdbFacts, RdbVerifier, verifiedRdb } from "./rdb-verifier.ts";

function rdb(magic = "REDIS0011", body: Buffer = Buffer.from([0xfe, 0x00, 0xfb, 0x00, 0x00])): Buffer {
  const head = Buffer.concat([Buffer.from(magic), body, Buffer.from([0xff])]);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(new Crc64().update(head).value());
  return Buffer.concat([head, sum]);
}

function verify(bytes: Buffer, chunk = bytes.length, expectedBytes?: number) {
  const verifier = new RdbVerifier();
  for (let at = 0; at < bytes.length; at += chunk) verifier.update(bytes.subarray(at, at + chunk));
  return verifier.finish(expectedBytes);
}

async function* cut(bytes: Buffer, chunk = bytes.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

describe("RdbVerifier", () => {
  test("accepts a whole file however it is cut, and says what it is", async () => {
    const bytes = rdb("VALKEY080", Buffer.alloc(1000, 7));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    for (const chunk of [1, 2, 8, 9, 10, 17, 500, bytes.length]) {
      const facts: RdbFacts[] = [];
      const passed: Uint8Array[] = [];
      const onVerified = (each: RdbFacts) => facts.push(each);
      for await (const each of verifiedRdb(cut(bytes, chunk), { onVerified })) passed.push(each);
      expect(facts).toEqual([{ magic: "VALKEY080", sizeBytes: bytes.length, sha256 }]);
      expect(Buffer.concat(passed)).toEqual(bytes);
    }
  });

  test("refuses bytes that do not start like an RDB as soon as they are there", () => {
    expect(() => new RdbVerifier().update(Buffer.from("-ERR not an RDB"))).toThrow(/starts with "-ERR not "/);
  });

  test("refuses a file that is cut anywhere", () => {
    const bytes = rdb();
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => verify(bytes.subarray(0, length), 4)).toThrow(expect.objectContaining({ code: "FC_RDB_CORRUPT" }));
  });

  test("refuses a file with any one bit changed", () => {
    const bytes = rdb();
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      expect(() => verify(changed)).toThrow(expect.objectContaining({ code: "FC_RDB_CORRUPT" }));
    }
  });

  test("refuses a file without a checksum, and one that is not as long as announced", () => {
    const bytes = rdb();
    expect(() => verify(Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(8)]))).toThrow(/CRC64 is 0/);
    expect(() => verify(bytes, bytes.length, bytes.length + 1)).toThrow(/announced/);
  });

  test("passes every chunk on before it refuses the end", async () => {
    const bytes = rdb().subarray(0, -1);
    const passed: Uint8Array[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of verifiedRdb(cut(bytes))) passed.push(chunk);
    };
    await expect(read()).rejects.toMatchObject({ code: "FC_RDB_CORRUPT" });
    expect(Buffer.concat(passed)).toEqual(bytes);
  });
});
