/** Structured fields of a log line. Values must be JSON-safe and must not hold secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The four methods that these packages need of a logger. A pino instance fits as it is. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const nothing = (): void => undefined;

/** A logger that drops everything: the default wherever a logger is optional. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
