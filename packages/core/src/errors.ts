/** Who has to act: `user` means the input or configuration is at fault, `system` means this software or its surroundings. */
export type Fault = "user" | "system";

export interface FcErrorOptions {
  readonly fault?: Fault;
  /** Whether trying the same thing again may succeed. Default false. */
  readonly retryable?: boolean;
  /** JSON-safe facts for logs and reports. Never put a secret here. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const marker = Symbol.for("fc.error");

/**
 * The base of every error that these packages throw on purpose. `code` is stable and documented; match on it, not on the
 * message. Use {@link FcError.isInstance} instead of `instanceof`: a project may hold two versions of a package.
 */
export class FcError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: FcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.fault = options.fault ?? "system";
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** True when `error` is an {@link FcError} of any copy of this package, and has this `code` when one is given. */
  static isInstance(error: unknown, code?: string): error is FcError {
    return (
      typeof error === "object" &&
      error !== null &&
      Reflect.get(error, marker) === true &&
      (code === undefined || (error as FcError).code === code)
    );
  }
}

/** The text of anything thrown, with its chain of causes, on one line. */
export function errorText(error: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (let current = error; current !== undefined && current !== null && !seen.has(current); ) {
    seen.add(current);
    // A message that quotes its cause has said it.
    for (const text of textsOf(current)) if (!parts.some((part) => part.includes(text))) parts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(": ");
}

/** What one link of the chain says. An AggregateError without a message is no more than what it holds. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const held = error instanceof AggregateError ? error.errors.map(errorText) : [];
  return error.message === "" && held.length > 0 ? held : [error.message || error.name, ...held];
}
