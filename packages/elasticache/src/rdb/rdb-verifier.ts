import { createHash } from "node:crypto";
import { FcError } from "@fc/core";
import { Crc64 } from "./crc64.ts";

/** What a verified RDB is. */
export interface RdbFacts {
  /** `REDIS0011`, `VALKEY080`… */
  readonly magic: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const magicForm = /^(REDIS\d{4}|VALKEY\d{3})$/;
const magicBytes = 9;
const endOpcode = 0xff;
/** The end opcode and the checksum of eight bytes, little endian. */
const trailerBytes = 9;

/**
 * Checks an RDB file while it streams by: magic, end opcode, CRC-64, and the length when it was announced. Holds nine bytes.
 * An RDB without a checksum (`rdbchecksum no`, all zero) is refused: nothing could be said about it.
 */
export class RdbVerifier {
  readonly #crc = new Crc64();
  #size = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  /** @throws FcError `FC_RDB_CORRUPT` as soon as the first bytes are not those of an RDB. */
  update(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#head.length < magicBytes) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, magicBytes - this.#head.length)]);
      if (this.#head.length === magicBytes) this.#magic();
    }
    if (chunk.length >= trailerBytes) {
      this.#crc.update(this.#tail);
      this.#crc.update(chunk.subarray(0, chunk.length - trailerBytes));
      this.#tail = Buffer.from(chunk.subarray(chunk.length - trailerBytes));
      return;
    }
    const joined = Buffer.concat([this.#tail, chunk]);
    const settled = Math.max(0, joined.length - trailerBytes);
    this.#crc.update(joined.subarray(0, settled));
    this.#tail = joined.subarray(settled);
  }

  /** @throws FcError `FC_RDB_CORRUPT` when the file is short, longer than announced, or its checksum differs. */
  finish(expectedBytes?: number): Omit<RdbFacts, "sha256"> {
    if (expectedBytes !== undefined && this.#size !== expectedBytes)
      throw corrupt(`${this.#size} of ${expectedBytes} announced bytes came`);
    if (this.#size < magicBytes + trailerBytes) throw corrupt(`only ${this.#size} bytes came`);
    const magic = this.#magic();
    if (this.#tail[0] !== endOpcode) throw corrupt(`it does not end with the end-of-file opcode (${this.#size} bytes)`);
    this.#crc.update(this.#tail.subarray(0, 1));
    const stored = this.#tail.readBigUInt64LE(1);
    const computed = this.#crc.value();
    if (stored !== computed)
      throw corrupt(
        `its CRC64 is ${stored.toString(16)}, its bytes give ${computed.toString(16)} (${this.#size} bytes)`,
      );
    return { magic, sizeBytes: this.#size };
  }

  #magic(): string {
    const magic = this.#head.toString("latin1");
    if (!magicForm.test(magic)) throw corrupt(`it starts with ${JSON.stringify(magic)} instead of REDIS or VALKEY`);
    return magic;
  }
}

/** Passes the chunks of an RDB on and throws at the end (never before the last chunk was given) unless it is whole. */
export async function* verifiedRdb(
  source: AsyncIterable<Uint8Array>,
  options: { readonly expectedBytes?: number | undefined; readonly onVerified?: (facts: RdbFacts) => void } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { expectedBytes, onVerified } = options;
  const verifier = new RdbVerifier();
  // For those only who want it: it costs as much as the rest.
  const hash = onVerified === undefined ? undefined : createHash("sha256");
  for await (const chunk of source) {
    verifier.update(chunk);
    hash?.update(chunk);
    yield chunk;
  }
  const facts = verifier.finish(expectedBytes);
  if (hash !== undefined) onVerified?.({ ...facts, sha256: hash.digest("hex") });
}

function corrupt(what: string): FcError {
  return new FcError("FC_RDB_CORRUPT", `This is not a complete RDB file: ${what}`, { details: { what } });
}
