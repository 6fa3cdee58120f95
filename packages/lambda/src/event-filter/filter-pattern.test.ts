import { describe, expect, test } from "vitest";
import { compileFilter } from "./filter-pattern.ts";

const passes = (pattern: unknown, event: unknown): boolean => compileFilter([JSON.stringify(pattern)])(event);

describe("a filter pattern", () => {
  test.each([
    [
      "a literal",
      { a: ["x", 1, null, true] },
      [{ a: "x" }, { a: 1 }, { a: null }, { a: true }],
      [{ a: "X" }, { a: "1" }, {}],
    ],
    ["several members", { a: ["x"], b: [1] }, [{ a: "x", b: 1, c: 2 }], [{ a: "x" }, { a: "x", b: 2 }]],
    [
      "a nested member",
      { a: { b: ["x"] } },
      [{ a: { b: "x" } }, { a: [{ b: "y" }, { b: "x" }] }],
      [{ a: "x" }, { b: "x" }, { a: {} }],
    ],
    ["a list in the event", { a: ["x"] }, [{ a: ["y", "x"] }], [{ a: [] }, { a: [["x"]] }]],
    [
      "$or",
      { $or: [{ a: [1] }, { b: [2] }], c: [3] },
      [
        { a: 1, c: 3 },
        { b: 2, c: 3 },
      ],
      [{ a: 1 }, { c: 3 }],
    ],
    ["prefix", { a: [{ prefix: "ab" }] }, [{ a: "abc" }], [{ a: "xab" }, { a: 1 }]],
    ["prefix in any case", { a: [{ prefix: { "equals-ignore-case": "AB" } }] }, [{ a: "abc" }], [{ a: "b" }]],
    ["suffix", { a: [{ suffix: ".png" }] }, [{ a: "x.png" }], [{ a: "x.jpg" }]],
    ["equals-ignore-case", { a: [{ "equals-ignore-case": "AbC" }] }, [{ a: "aBc" }], [{ a: "abcd" }]],
    ["exists", { a: [{ exists: true }] }, [{ a: null }, { a: 0 }], [{}]],
    ["does not exist", { a: [{ exists: false }] }, [{}, { b: 1 }], [{ a: null }]],
    ["anything-but a value", { a: [{ "anything-but": "x" }] }, [{ a: "y" }, { a: 1 }], [{ a: "x" }, {}]],
    ["anything-but a list", { a: [{ "anything-but": [1, 2] }] }, [{ a: 3 }], [{ a: 1 }, { a: 2 }]],
    ["anything-but a prefix", { a: [{ "anything-but": { prefix: "x" } }] }, [{ a: "y" }], [{ a: "xy" }]],
    ["numeric equality", { a: [{ numeric: ["=", 3.5] }] }, [{ a: 3.5 }], [{ a: 3 }, { a: "3.5" }]],
    ["a numeric range", { a: [{ numeric: [">", 0, "<=", 5] }] }, [{ a: 5 }, { a: 0.1 }], [{ a: 0 }, { a: 6 }]],
    ["cidr", { a: [{ cidr: "10.0.0.0/24" }] }, [{ a: "10.0.0.255" }], [{ a: "10.0.1.0" }, { a: "no" }]],
    ["no condition", {}, [{}, { a: 1 }], []],
  ])("with %s", (_name, pattern, passing, failing) => {
    expect(passing.filter((event) => !passes(pattern, event))).toEqual([]);
    expect(failing.filter((event) => passes(pattern, event))).toEqual([]);
  });

  test("is one of several: any may match, and none means that everything passes", () => {
    const filter = compileFilter(['{"a":[1]}', '{"a":[2]}']);
    expect([1, 2, 3].map((a) => filter({ a }))).toEqual([true, true, false]);
    expect(compileFilter([])({ a: 3 })).toBe(true);
  });

  test.each([
    "no json",
    "[]",
    '{"a":"x"}',
    '{"a":[]}',
    '{"a":[{"wildcard":"*"}]}',
    '{"a":[{"numeric":["~",1]}]}',
    '{"a":[{"numeric":[">"]}]}',
    '{"a":[{"exists":"yes"}]}',
    '{"a":[{"prefix":"x","suffix":"y"}]}',
    '{"a":[{"anything-but":[]}]}',
    '{"a":[{"cidr":"10.0.0.0/33"}]}',
    '{"a":[["x"]]}',
  ])("that is not one is refused: %s", (pattern) => {
    expect(() => compileFilter([pattern])).toThrow("Invalid filter pattern definition.");
  });
});
