/** Bytes of records in one event: what fits in the payload of an invocation, with room for the envelope. */
const maximumBytes = 6_291_456 - 1_024;

/**
 * How many of the first records fit in one event: at least one. `json` holds each record as it will be sent.
 * @param reservedBytes for what else is in the event
 */
export function fittingCount(
  json: readonly { readonly bytes: number }[],
  maximumCount: number,
  reservedBytes = 0,
): number {
  let total = 0;
  let count = 0;
  for (const { bytes } of json.slice(0, maximumCount)) {
    total += bytes + 1;
    if (total > maximumBytes - reservedBytes && count > 0) break;
    count += 1;
  }
  return count;
}

/** Bytes of a record in the event's JSON. */
export function recordBytes(record: object): number {
  return Buffer.byteLength(JSON.stringify(record));
}
