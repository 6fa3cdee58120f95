import { invalidParameter } from "./aws-errors.ts";

/** One page of a list, and the marker of the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly marker?: string;
}

/**
 * Cuts a page out of a sorted list. The marker names the last entry of the page before, so that entries which come and go
 * between two pages neither repeat nor hide others.
 */
export function pageOf<T>(
  all: readonly { readonly key: string; readonly value: T }[],
  marker: string | undefined,
  maxItems = 50,
): Page<T> {
  const after = marker === undefined || marker === "" ? "" : decode(marker);
  const rest = all.filter(({ key }) => key > after);
  const page = rest.slice(0, maxItems);
  const last = page.at(-1);
  return {
    items: page.map(({ value }) => value),
    ...(rest.length > page.length && last !== undefined
      ? { marker: Buffer.from(`k:${last.key}`).toString("base64url") }
      : {}),
  };
}

function decode(marker: string): string {
  const text = Buffer.from(marker, "base64url").toString("utf8");
  if (!text.startsWith("k:")) throw invalidParameter("Invalid pagination token");
  return text.slice(2);
}
