import type { FunctionLogging } from "../backend/function-spec.ts";
import { jsonObject } from "../telemetry/telemetry-event.ts";

const order = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const ofDetail = ["platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.runtimeDone"];
/** What Python, and AWS's client in it, calls them. */
const otherNames: Readonly<Record<string, string>> = { WARNING: "WARN", CRITICAL: "FATAL" };

/**
 * Whether a line of the function is for its log: not when it is a JSON object of a level below the function's own ("Log-level filtering" of
 * the Lambda guide). One without a level that AWS knows counts as INFO; text that is no JSON has none, and always passes.
 */
export function passesApplicationLevel(line: string, logging: FunctionLogging | undefined): boolean {
  if (logging?.format !== "JSON" || logging.applicationLevel === undefined) return true;
  const parsed = jsonObject(line);
  if (parsed === undefined) return true;
  const { level } = parsed;
  const name = typeof level === "string" ? level.toUpperCase() : "";
  const known = order.indexOf(Object.hasOwn(otherNames, name) ? (otherNames[name] ?? "") : name);
  return (known < 0 ? order.indexOf("INFO") : known) >= order.indexOf(logging.applicationLevel);
}

/** Whether a platform event is for the log of a function with the format JSON. "System log level event mapping" of the Lambda guide. */
export function passesSystemLevel(type: string, status: string, logging: FunctionLogging | undefined): boolean {
  return order.indexOf(systemLevelOf(type, status)) >= order.indexOf(logging?.systemLevel ?? "INFO");
}

function systemLevelOf(type: string, status: string): string {
  if (status !== "success") return "WARN";
  return ofDetail.includes(type) ? "DEBUG" : "INFO";
}
