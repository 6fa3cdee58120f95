import type { FunctionLogging } from "../backend/function-spec.ts";
import { passesSystemLevel } from "./log-levels.ts";

/** A platform event as a line of a log with the format JSON; none when the function's system level leaves it out. */
export function platformLine(
  type: string,
  timeMs: number,
  record: object,
  status: string,
  logging: FunctionLogging,
): readonly string[] {
  if (!passesSystemLevel(type, status, logging)) return [];
  return [JSON.stringify({ time: new Date(timeMs).toISOString(), type, record })];
}
