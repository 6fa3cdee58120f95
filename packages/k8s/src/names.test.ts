import { describe, expect, test } from "vitest";
import { names } from "./names.ts";

describe("labelSafe", () => {
  test.each([
    ["My_Cache", "my-cache"],
    ["a", "a"],
    ["--a..b__c--", "a-b-c"],
    ["Größe", "gr-e"],
  ])("turns %s into %s", (text, expected) => {
    expect(names.labelSafe(text)).toBe(expected);
  });

  test("keeps long names apart within 63 characters", () => {
    const first = names.labelSafe(`${"f".repeat(63)}a`);
    const second = names.labelSafe(`${"f".repeat(63)}b`);
    expect(first).toHaveLength(63);
    expect(first).not.toBe(second);
    expect(names.labelSafe("f".repeat(63))).toBe("f".repeat(63));
  });

  test("gives something for a text of which nothing may stay", () => {
    expect(names.labelSafe("日本")).toMatch(/^[0-9a-f]{8}$/);
    expect(names.labelSafe("日本")).not.toBe(names.labelSafe("中国"));
    expect(names.labelSafe("")).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe("podName", () => {
  test("is prefix, resource and a hash", () => {
    expect(names.podName("fakecloud-ec", "My_Cache", "id")).toMatch(/^fakecloud-ec-my-cache-[0-9a-f]{12}$/);
  });

  test("is equal for equal input and differs by id", () => {
    expect(names.podName("p", "r", "1")).toBe(names.podName("p", "r", "1"));
    expect(names.podName("p", "r", "1")).not.toBe(names.podName("p", "r", "2"));
    expect(names.podName("p", "r_a", "1")).not.toBe(names.podName("p", "r-a", "1"));
  });

  test.each([
    ["fakecloud-lambda", "f".repeat(200)],
    ["x".repeat(100), "f".repeat(200)],
    ["fakecloud-lambda", "a-".repeat(100)],
    ["", ""],
    ["9", "9"],
    ["___", "日本"],
  ])("is a DNS label for prefix %s and resource %s", (prefix, resource) => {
    const name = names.podName(prefix, resource, "id");
    expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
    expect(name).not.toContain("--");
    expect(name.length).toBeLessThanOrEqual(63);
  });
});
