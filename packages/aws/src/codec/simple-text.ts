import type { SimpleShape } from "../model/model.ts";

export type TimestampFormat = NonNullable<SimpleShape["format"]>;

/** Values of simple shapes as text: headers, labels, queries, forms and XML. */
export function simpleToText(shape: SimpleShape, value: unknown, defaultFormat: TimestampFormat): string {
  if (value instanceof Date) return formatTimestamp(value, shape.format ?? defaultFormat);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return String(value);
}

function formatTimestamp(date: Date, format: TimestampFormat): string {
  if (format === "date-time") return date.toISOString();
  return format === "http-date" ? date.toUTCString() : String(date.getTime() / 1000);
}

/** The value of a text, or undefined when the text is not one of the shape's type. */
export function textToSimple(shape: SimpleShape, text: string, defaultFormat: TimestampFormat): unknown {
  switch (shape.type) {
    case "string":
      return text;
    case "boolean":
      return textToBoolean(text);
    case "timestamp":
      return textToTimestamp(text, shape.format ?? defaultFormat);
    case "blob":
      return decodeBase64(text);
    default: {
      const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return isNumberOf(shape, number) ? number : undefined;
    }
  }
}

function textToBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

function textToTimestamp(text: string, format: TimestampFormat): Date | undefined {
  const pattern = /^(\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?|[A-Z][a-z]{2}, .* GMT)$/;
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  // Every SDK sends its protocol's format; a hand-made request may hold another that is just as clear.
  if (seconds !== undefined) return new Date(Math.round(seconds * 1000));
  if (!pattern.test(text)) return undefined;
  const zoned =
    format === "http-date" || /(Z|GMT|[+-]\d\d:?\d\d)$/.test(text) || !text.includes(":") ? text : `${text}Z`;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Whether a number fits the shape: whole for integers, 32 bits for `integer`, exact for `long`. */
export function isNumberOf(shape: SimpleShape, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (shape.type === "integer") return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
  return shape.type !== "long" || Number.isSafeInteger(value);
}

/** Strict base64 with or without padding; undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  const bare = text.replace(/={1,2}$/, "");
  const expected = Math.floor((bare.length * 3) / 4);
  return bytes.byteLength === expected && bare.length % 4 !== 1 && /^[A-Za-z0-9+/]*$/.test(bare) ? bytes : undefined;
}
