import { Buffer } from "node:buffer";
import { invalidValue } from "../errors.ts";

export interface PageRequest {
  readonly MaxRecords?: number | undefined;
  readonly Marker?: string | undefined;
}

const recordBounds = { member: "MaxRecords", min: 20, max: 100 } as const;

/**
 * One page of `items`, which are in the order of their keys. The marker names the last key of the page before, so pages neither
 * repeat nor skip what stays while other things come and go.
 * @throws AwsError `InvalidParameterValue` for a number outside the bounds or a marker that is not ours.
 */
export function page<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: PageRequest,
  bounds: { readonly member: string; readonly min: number; readonly max: number } = recordBounds,
): { readonly items: readonly T[]; readonly marker: string | undefined } {
  const { member, min, max } = bounds;
  const size = request.MaxRecords ?? max;
  if (!Number.isInteger(size) || size < min || size > max)
    throw invalidValue(`Invalid value ${size} for ${member}. Must be between ${min} and ${max}`);
  const after = request.Marker === undefined || request.Marker === "" ? undefined : readMarker(request.Marker);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const taken = rest.slice(0, size);
  const last = taken.at(-1);
  const more = rest.length > taken.length && last !== undefined;
  return { items: taken, marker: more ? writeMarker(keyOf(last)) : undefined };
}

function writeMarker(key: string): string {
  return Buffer.from(`after:${key}`, "utf8").toString("base64url");
}

function readMarker(marker: string): string {
  const text = Buffer.from(marker, "base64url").toString("utf8");
  if (!text.startsWith("after:") || writeMarker(text.slice(6)) !== marker)
    throw invalidValue(`The marker ${marker} is not valid. Use the Marker of the previous answer.`);
  return text.slice(6);
}
