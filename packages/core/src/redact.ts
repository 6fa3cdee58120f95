/** What stands in for a secret in messages, logs and reports. */
export const redacted = "***";

/** The value, or {@link redacted} when it is secret and not empty. */
export function redact(value: string, secret: boolean): string {
  return secret && value !== "" ? redacted : value;
}
