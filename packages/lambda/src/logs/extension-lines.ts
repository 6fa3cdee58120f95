import type { FunctionLogging } from "../backend/function-spec.ts";
import { jsonObject } from "../telemetry/telemetry-event.ts";
import { platformLine } from "./platform-line.ts";

const names: Readonly<Record<string, string>> = {
  "platform.extension": "EXTENSION",
  "platform.telemetrySubscription": "TELEMETRY",
  "platform.logsSubscription": "LOGS",
};

/**
 * What Lambda writes about an extension: that it is ready, or has subscribed. `EXTENSION Name: watch State: Ready Events: [INVOKE,SHUTDOWN]`,
 * with tabs; with the format JSON the event itself. And there an event of the init phase, which is in the log as it is.
 */
export function extensionLines(text: string, timeMs: number, logging: FunctionLogging | undefined): readonly string[] {
  const { type, record } = jsonObject(text) ?? {};
  if (typeof type === "string" && type.startsWith("platform.init")) return logging?.format === "JSON" ? [text] : [];
  const name = typeof type === "string" && Object.hasOwn(names, type) ? names[type] : undefined;
  if (name === undefined || typeof type !== "string" || typeof record !== "object" || record === null) return [];
  if (logging?.format === "JSON") return platformLine(type, timeMs, record, "success", logging);
  const { name: extension, state, events, types } = record as Readonly<Record<string, unknown>>;
  const list = Array.isArray(events) ? `Events: [${events.join(",")}]` : `Types: [${capitalised(types).join(", ")}]`;
  return [`${name}\tName: ${String(extension)}\tState: ${String(state)}\t${list}`];
}

function capitalised(types: unknown): readonly string[] {
  return Array.isArray(types) ? types.map((one) => String(one).replace(/^./, (first) => first.toUpperCase())) : [];
}
