import type { Subscription } from "./subscription.ts";
import { jsonObject, type TelemetryEvent } from "./telemetry-event.ts";

/** Before this version a line is a string, whatever it holds. */
const firstWithJsonLines = "2022-12-13";
const onlyTelemetry = ["platform.telemetrySubscription"];
const onlyLogs = ["platform.logsSubscription", "platform.end", "platform.fault"];

/**
 * The event as one subscription gets it: JSON, or undefined when its API or schema version does not have it.
 * @param isJson whether the function's log format is JSON: lines that are JSON objects go out as such then
 */
export function renderEvent(event: TelemetryEvent, subscription: Subscription, isJson: boolean): string | undefined {
  const { api, schemaVersion } = subscription;
  const { type } = event;
  if ((api === "logs" ? onlyTelemetry : onlyLogs).includes(type)) return undefined;
  if (api === "logs" && type === "platform.runtimeDone" && schemaVersion !== "2021-03-18") return undefined;
  return JSON.stringify({
    time: new Date(event.timeMs).toISOString(),
    type,
    record: recordOf(event, subscription, isJson),
  });
}

function recordOf({ record }: TelemetryEvent, { api, schemaVersion }: Subscription, isJson: boolean): unknown {
  if (typeof record !== "string") return record;
  if (api === "logs") return `${record}\n`;
  return isJson && schemaVersion >= firstWithJsonLines ? (jsonObject(record) ?? record) : record;
}
