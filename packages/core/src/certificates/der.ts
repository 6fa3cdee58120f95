// The few DER forms that an X.509 certificate is made of (ITU-T X.690).

function encode(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) size.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length, ...size]), body]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => encode(0x30, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => encode(0x31, ...parts);
export const integer = (value: Buffer): Buffer => encode(0x02, value);
export const boolean = (value: boolean): Buffer => encode(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (value: string): Buffer => encode(0x0c, Buffer.from(value));
export const octetString = (value: Buffer): Buffer => encode(0x04, value);
export const bitString = (value: Buffer, unusedBits = 0): Buffer => encode(0x03, Buffer.from([unusedBits]), value);
/** Context-specific, constructed: `[n] EXPLICIT`. */
export const explicit = (number: number, value: Buffer): Buffer => encode(0xa0 | number, value);
/** Context-specific, primitive: `[n] IMPLICIT`. */
export const context = (number: number, value: Buffer): Buffer => encode(0x80 | number, value);

/** UTCTime; enough until 2049. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return encode(0x17, Buffer.from(`${digits}Z`));
}

export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const septets = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return encode(0x06, Buffer.from(bytes));
}
