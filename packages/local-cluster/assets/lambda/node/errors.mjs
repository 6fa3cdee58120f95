/** An error with one of AWS's type names, which stands for the error that caused it. */
export class RuntimeError extends Error {
  constructor(type, message, cause) {
    super(message);
    this.name = type;
    if (cause instanceof Error && cause.stack !== undefined) this.stack = `${type}: ${message}\n${frames(cause.stack)}`;
  }
}

/** AWS's JSON form of anything thrown. */
export function describeError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: error.name || "Error",
    errorMessage: error.message,
    trace: (error.stack ?? "").split("\n"),
    ...(error.code === undefined ? {} : { code: error.code }),
  };
}

function frames(stack) {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}
