import { Buffer } from "node:buffer";
import { invalidValue } from "../errors.ts";

export interface PageRequest {
  readonly MaxRecords?: number | undefined;
  readonly Marker?: string | undefined;
}

/**
 * One page of `items`, which are in the order of their keys. The marker names the last key of the page before, so pages neither
 * repeat nor skip what stays while other things come and go.
 * @throws AwsError `InvalidParameterValue` for MaxRecords outside 20..100 or a marker that is not ours.
 */
export function page<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: PageRequest,
): { readonly items: readonly T[]; readonly marker: string | undefined } {
  const size = request.MaxRecords ?? 100;
  if (!Number.isInteger(size) || size < 20 || size > 100)
    throw invalidValue(`Invalid value ${size} for MaxRecords. Must be between 20 and 100`);
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
