import { describe, expect, test } from "vitest";
import { readAllSettings, settingsTables } from "./read-all-settings.ts";

describe("readAllSettings", () => {
  test("reports the problems of all packages together", () => {
    const environment = { FAKECLOUD_REGION: "mars", FAKECLOUD_ELASTICACHE_PARALLEL_STARTS: "none" };
    expect(() => readAllSettings({ environment })).toThrow(
      /FAKECLOUD_REGION=mars[\s\S]*FAKECLOUD_ELASTICACHE_PARALLEL_STARTS=none/,
    );
  });

  test.each([
    [{ FAKECLOUD_STORAGE_MODE: "persistent" }, /FAKECLOUD_DATA_PATH is not set: expected a folder/],
    [
      { FAKECLOUD_STORAGE_MODE: "memory", FAKECLOUD_DATA_PATH: "/data" },
      /FAKECLOUD_DATA_PATH=\/data .*nothing would be kept/,
    ],
  ])("refuses storage settings that contradict each other: %j", (environment, message) => {
    expect(() => readAllSettings({ environment })).toThrow(message);
  });
});

test("no setting has two rows, and every one is FAKECLOUD_", () => {
  const names = Object.values(settingsTables).flatMap((table) =>
    Object.values(table as Record<string, { name: string }>).map(({ name }) => name),
  );
  expect(names.length).toBe(new Set(names).size);
  expect(names.filter((name) => !name.startsWith("FAKECLOUD_"))).toEqual([]);
});
