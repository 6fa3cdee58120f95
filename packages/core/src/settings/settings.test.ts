import { describe, expect, test } from "vitest";
import {
  address,
  boolean,
  httpUrl,
  integer,
  json,
  keyValueMap,
  matching,
  oneOf,
  type Parser,
  text,
} from "./parsers.ts";
import { readSettings, type SettingsTable, tryReadSettings, unknownSettings } from "./settings.ts";
import { settingsHelp, settingsMarkdown } from "./settings-text.ts";

interface Options {
  port: number;
  mode: "memory" | "disk";
  token: string | undefined;
  namespace: string;
}

const table: SettingsTable<Options> = {
  port: { name: "FAKECLOUD_PORT", flag: "port", parse: integer({ min: 1, max: 65535 }), default: 4566, doc: "Port." },
  mode: { name: "FAKECLOUD_MODE", parse: oneOf("memory", "disk"), required: true, doc: "Where state is kept." },
  token: { name: "FAKECLOUD_TOKEN", parse: matching(/^[a-z]+$/, "lower-case letters"), secret: true, doc: "Token." },
  namespace: { name: "FAKECLOUD_NS", parse: text, blank: "unset", default: "default", doc: "Namespace a|b." },
};

describe("readSettings", () => {
  test("takes a flag before the environment before the default", () => {
    const environment = { FAKECLOUD_PORT: "1", FAKECLOUD_MODE: "Disk" };
    expect(readSettings(table, { environment, flags: { port: "2" } })).toEqual({
      port: 2,
      mode: "disk",
      namespace: "default",
    });
    expect(readSettings(table, { environment })).toMatchObject({ port: 1 });
    expect(readSettings(table, { environment: { FAKECLOUD_MODE: "memory" } })).toMatchObject({ port: 4566 });
  });

  test("reports every problem at once, with the value, but never a secret's", () => {
    const environment = { FAKECLOUD_PORT: "70000", FAKECLOUD_TOKEN: "S3CRET" };
    expect(() => readSettings(table, { environment })).toThrow(
      [
        "FAKECLOUD_PORT=70000 is not understood: expected an integer of at least 1 and of at most 65535",
        "FAKECLOUD_MODE is not set: expected one of memory, disk",
        "FAKECLOUD_TOKEN=*** is not understood: expected lower-case letters",
      ].join("\n"),
    );
  });

  test("takes a blank as unset only where the table says so", () => {
    const { problems, values } = tryReadSettings(table, { environment: { FAKECLOUD_NS: " ", FAKECLOUD_MODE: "" } });
    expect(values).toMatchObject({ namespace: "default" });
    expect(problems.map(({ setting }) => setting)).toEqual(["FAKECLOUD_MODE"]);
  });
});

test("unknownSettings warns of unknown names with the nearest known one", () => {
  expect(
    unknownSettings([table], { FAKECLOUD_PROT: "1", FAKECLOUD_PORT: "1", PATH: "/", FAKECLOUD_QQQQQQQQQQ: "" }),
  ).toEqual([
    "FAKECLOUD_PROT is not a setting and has no effect; did you mean FAKECLOUD_PORT?",
    "FAKECLOUD_QQQQQQQQQQ is not a setting and has no effect",
  ]);
});

describe("parsers", () => {
  const cases: [string, Parser<unknown>, string, unknown][] = [
    ["address with host", address, "127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["address without host", address, ":4566", { host: "127.0.0.1", port: 4566 }],
    ["address with IPv6", address, "[::1]:80", { host: "::1", port: 80 }],
    ["address without port", address, "localhost", undefined],
    ["boolean", boolean, "YES", true],
    ["boolean typo", boolean, "yess", undefined],
    ["integer", integer(), "-3", -3],
    ["integer with letters", integer(), "3x", undefined],
    ["url", httpUrl, "http://host:1/", "http://host:1"],
    ["url without host", httpUrl, "http://", undefined],
    ["url of another scheme", httpUrl, "ftp://host", undefined],
    ["map", keyValueMap, "a=1, b=c=d,", { a: "1", b: "c=d" }],
    ["map entry without =", keyValueMap, "a", undefined],
    ["json", json("a list", (value) => (Array.isArray(value) ? value : undefined)), "[1]", [1]],
    ["json of another form", json("a list", (value) => (Array.isArray(value) ? value : undefined)), "{}", undefined],
    ["malformed json", json("a list", (value) => value), "[", undefined],
  ];
  test.for(cases)("%s", ([, parse, input, expected]) => {
    if (expected === undefined) expect(() => parse(input)).toThrow(parse.expected);
    else expect(parse(input)).toEqual(expected);
  });
});

describe("settings as text", () => {
  test("shows names, flags, defaults and keeps table cells whole", () => {
    const markdown = settingsMarkdown(table);
    expect(markdown).toContain("| `FAKECLOUD_PORT`<br>`--port` | `4566` |");
    expect(markdown).toContain("| `FAKECLOUD_MODE` | required |");
    expect(markdown).toContain("Namespace a\\|b.");
    expect(settingsHelp(table)).toContain("--port, FAKECLOUD_PORT  (an integer");
  });
});
