const generator = 0x04c11db7;

/** `tables[k][b]`: what byte b, followed by k zero bytes, adds. Eight bytes are taken at a time with them. */
const tables: readonly Int32Array[] = makeTables();

/**
 * The checksum of POSIX's program `cksum`: a CRC of 32 bits over the bytes and their number. Where there is only a shell, no other
 * program checks as fast: SHA-256 of a binary of 6 MB took longer there than everything else between a claim and its answer.
 */
export class Cksum {
  #state = 0;
  #sizeBytes = 0;

  update(bytes: Uint8Array): this {
    this.#state = taken(this.#state, bytes);
    this.#sizeBytes += bytes.byteLength;
    return this;
  }

  digest(): number {
    const size: number[] = [];
    for (let left = this.#sizeBytes; left > 0; left = Math.floor(left / 256)) size.push(left % 256);
    return ~taken(this.#state, Uint8Array.from(size)) >>> 0;
  }
}

function taken(state: number, bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as Eight;
  const byte = (index: number): number => bytes[index] as number;
  let crc = state;
  let at = 0;
  for (; at + 8 <= bytes.byteLength; at += 8) {
    const head = crc ^ ((byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3));
    crc =
      (t7[head >>> 24] as number) ^
      (t6[(head >>> 16) & 255] as number) ^
      (t5[(head >>> 8) & 255] as number) ^
      (t4[head & 255] as number) ^
      (t3[byte(at + 4)] as number) ^
      (t2[byte(at + 5)] as number) ^
      (t1[byte(at + 6)] as number) ^
      (t0[byte(at + 7)] as number);
  }
  for (; at < bytes.byteLength; at += 1) crc = (crc << 8) ^ (t0[(crc >>> 24) ^ byte(at)] as number);
  return crc;
}

type Eight = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function makeTables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ generator : crc << 1;
    return crc;
  });
  const all = [first];
  for (let previous = first; all.length < 8; all.push(previous))
    previous = previous.map((crc) => (crc << 8) ^ (first[crc >>> 24] as number));
  return all;
}
