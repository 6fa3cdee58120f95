import type { LogEvent, LogLimits } from "../event-sources/log-destination.ts";

/** How many of the events, which are in the order of their time, fit into one call: at least one. */
export function batchLength(events: readonly LogEvent[], limits: LogLimits): number {
  const first = events[0];
  if (first === undefined) return 0;
  let bytes = 0;
  for (const [index, { timeMs, message }] of events.entries()) {
    bytes += Buffer.byteLength(message) + limits.overheadBytes;
    const fits = index < limits.events && bytes <= limits.bytes && timeMs - first.timeMs < limits.spanMs;
    if (index > 0 && !fits) return index;
  }
  return events.length;
}

/** The message, cut to what one event may hold. */
export function cutMessage(message: string, { eventBytes, overheadBytes }: LogLimits): string {
  const most = eventBytes - overheadBytes;
  if (message.length * 3 <= most || Buffer.byteLength(message) <= most) return message;
  // A character that is cut in two is left out.
  return Buffer.from(message)
    .subarray(0, most)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
}
