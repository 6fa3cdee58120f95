import { AwsError } from "../errors/aws-error.ts";

/**
 * Percent-decodes strictly. `+` stays a plus.
 *
 * @throws AwsError with `code` when an escape is broken or is not UTF-8.
 */
export function decodePercent(text: string, code: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(code, `The request target or form holds an invalid percent escape: '${text.slice(0, 200)}'`);
  }
}

/** RFC 3986: everything but unreserved characters is escaped, as SigV4 demands. */
export function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
