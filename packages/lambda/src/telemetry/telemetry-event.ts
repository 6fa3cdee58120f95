/** What an extension can subscribe to. */
export type TelemetryCategory = "platform" | "function" | "extension";

/** Who wrote a line of log. */
export type LogSource = "function" | "extension";

/** Something that happened in an environment, or a line that was written there. */
export interface TelemetryEvent {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** `platform.start`…, `function` or `extension`. */
  readonly type: string;
  /** Of a platform event, in AWS's schema; of a line its text, without its end. */
  readonly record: object | string;
}

export function categoryOf({ type }: TelemetryEvent): TelemetryCategory {
  return type === "function" || type === "extension" ? type : "platform";
}

/** The line as the JSON object that it is, if it is one. */
export function jsonObject(line: string): Record<string, unknown> | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
