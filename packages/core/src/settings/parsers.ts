/** Turns the text of a setting into its value. Throws an Error whose message says what is expected. */
export interface Parser<T> {
  (text: string): T;
  /** What a user may write, for help texts: "an integer of at least 1". */
  readonly expected: string;
}

function parser<T>(expected: string, parse: (text: string) => T | undefined): Parser<T> {
  const read = (text: string): T => {
    const value = parse(text);
    if (value === undefined) throw new Error(expected);
    return value;
  };
  return Object.assign(read, { expected });
}

/** Any text. */
export const text: Parser<string> = parser("a text", (value) => value);

/** `true`/`1`/`yes`/`on` or `false`/`0`/`no`/`off`, in any case. */
export const boolean: Parser<boolean> = parser("true or false", (value) => {
  const lower = value.trim().toLowerCase();
  if (["true", "1", "yes", "on"].includes(lower)) return true;
  return ["false", "0", "no", "off"].includes(lower) ? false : undefined;
});

/** An integer within bounds. */
export function integer(bounds: { readonly min?: number; readonly max?: number } = {}): Parser<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  const limits = [
    bounds.min === undefined ? "" : ` of at least ${min}`,
    bounds.max === undefined ? "" : ` of at most ${max}`,
  ];
  return parser(`an integer${limits.filter(Boolean).join(" and")}`, (value) => {
    if (!/^[+-]?\d+$/.test(value.trim())) return undefined;
    const number = Number(value);
    return number >= min && number <= max ? number : undefined;
  });
}

/** One of a fixed set of words, in any case. */
export function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return parser(`one of ${choices.join(", ")}`, (value) =>
    choices.find((choice) => choice.toLowerCase() === value.trim().toLowerCase()),
  );
}

/** Text of a given form. */
export function matching(pattern: RegExp, expected: string): Parser<string> {
  return parser(expected, (value) => (pattern.test(value.trim()) ? value.trim() : undefined));
}

/** An absolute http or https URL with a host. The trailing slash is dropped. */
export const httpUrl: Parser<string> = parser(
  "an http or https URL with a host, for example http://fakecloud:4566",
  (value) => {
    const url = URL.parse(value.trim());
    if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") return undefined;
    return url.href.replace(/\/+$/, "");
  },
);

/** `host:port`. Port 0 lets the system choose. IPv6 hosts stand in brackets. */
export const address: Parser<{ readonly host: string; readonly port: number }> = parser(
  "host:port, for example 127.0.0.1:4566 or :0",
  (value) => {
    const match = /^(\[[0-9a-fA-F:]+\]|[^:\s]*):(\d{1,5})$/.exec(value.trim());
    if (match === null || Number(match[2]) > 65_535) return undefined;
    const host = (match[1] ?? "").replace(/^\[|\]$/g, "");
    return { host: host === "" ? "127.0.0.1" : host, port: Number(match[2]) };
  },
);

/** `key=value,key=value`. Values cannot hold commas. Empty entries are ignored, an entry without `=` is not. */
export const keyValueMap: Parser<Readonly<Record<string, string>>> = parser(
  "key=value pairs, separated by commas",
  (value) => {
    const entries: [string, string][] = [];
    for (const part of value.split(",").map((piece) => piece.trim())) {
      if (part === "") continue;
      const at = part.indexOf("=");
      if (at < 1) return undefined;
      entries.push([part.slice(0, at).trim(), part.slice(at + 1).trim()]);
    }
    return Object.fromEntries(entries);
  },
);

/** JSON that `check` accepts; `check` gives the value or undefined. */
export function json<T>(expected: string, check: (value: unknown) => T | undefined): Parser<T> {
  return parser(expected, (value) => {
    try {
      return check(JSON.parse(value));
    } catch {
      return undefined;
    }
  });
}
