import { describe, expect, test } from "vitest";
import { readAllSettings, settingsTables } from "./read-all-settings.ts";

describe("readAllSettings", () => {
  test("reports the problems of all packages together", () => {
    const environment = { FAKECLOUD_REGION: "mars", FAKECLOUD_ELASTICACHE_PARALLEL_STARTS: "none" };
    expect(() => readAllSettings({ environment })).toThrow(
      /FAKECLOUD_REGION=mars[\s\S]*FAKECLOUD_ELASTICACHE_PARALLEL_STARTS=none/,
    );
  });

  test("refuses persistent storage by name instead of forgetting silently", () => {
    const environment = { FAKECLOUD_STORAGE_MODE: "persistent", FAKECLOUD_DATA_PATH: "/data" };
    expect(() => readAllSettings({ environment })).toThrow(
      /persistent storage is not implemented yet[\s\S]*FAKECLOUD_DATA_PATH/,
    );
  });
});

test("no setting has two rows, and every one is FAKECLOUD_", () => {
  const names = Object.values(settingsTables).flatMap((table) =>
    Object.values(table as Record<string, { name: string }>).map(({ name }) => name),
  );
  expect(names.length).toBe(new Set(names).size);
  expect(names.filter((name) => !name.startsWith("FAKECLOUD_"))).toEqual([]);
});
