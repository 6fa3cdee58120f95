/**
 * CRC-64 as Redis and Valkey put it at the end of an RDB file: Jones polynomial, reflected, start 0, no final xor.
 * Numbers of 64 bits are kept as two halves of 32: BigInt would cost a hundred times as much per byte.
 * The tables take eight bytes per step ("slicing by 8").
 */
const polynomialHigh = 0x95ac9329;
const polynomialLow = 0xac4bc9b5;
const slices = 8;

interface Tables {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

function makeTables(): Tables {
  const high = new Int32Array(slices * 256);
  const low = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = l & 1;
      l = (l >>> 1) | ((h & 1) << 31);
      h >>>= 1;
      if (odd === 1) {
        h ^= polynomialHigh;
        l ^= polynomialLow;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let index = 256; index < slices * 256; index += 1) {
    const h = high[index - 256] as number;
    const l = low[index - 256] as number;
    low[index] = ((l >>> 8) | (h << 24)) ^ (low[l & 0xff] as number);
    high[index] = (h >>> 8) ^ (high[l & 0xff] as number);
  }
  return { high, low };
}

const tables = makeTables();

/** A running CRC-64. */
export class Crc64 {
  #high = 0;
  #low = 0;

  update(bytes: Uint8Array): this {
    const { high: tableHigh, low: tableLow } = tables;
    const end = bytes.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    let high = this.#high;
    let low = this.#low;
    let at = 0;
    for (; at + 8 <= end; at += 8) {
      const a = low ^ view.getInt32(at, true);
      const b = high ^ view.getInt32(at + 4, true);
      const i0 = 0x700 | (a & 0xff);
      const i1 = 0x600 | ((a >>> 8) & 0xff);
      const i2 = 0x500 | ((a >>> 16) & 0xff);
      const i3 = 0x400 | (a >>> 24);
      const i4 = 0x300 | (b & 0xff);
      const i5 = 0x200 | ((b >>> 8) & 0xff);
      const i6 = 0x100 | ((b >>> 16) & 0xff);
      const i7 = b >>> 24;
      high = xor8(tableHigh, i0, i1, i2, i3, i4, i5, i6, i7);
      low = xor8(tableLow, i0, i1, i2, i3, i4, i5, i6, i7);
    }
    for (; at < end; at += 1) {
      const index = (low ^ (bytes[at] as number)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (tableLow[index] as number);
      high = (high >>> 8) ^ (tableHigh[index] as number);
    }
    this.#high = high;
    this.#low = low;
    return this;
  }

  /** The sum so far. */
  value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }
}

function xor8(
  table: Int32Array,
  i0: number,
  i1: number,
  i2: number,
  i3: number,
  i4: number,
  i5: number,
  i6: number,
  i7: number,
): number {
  return (
    (table[i0] as number) ^
    (table[i1] as number) ^
    (table[i2] as number) ^
    (table[i3] as number) ^
    (table[i4] as number) ^
    (table[i5] as number) ^
    (table[i6] as number) ^
    (table[i7] as number)
  );
}
