import { readFileSync } from "node:fs";
import { readSettings, settingsMarkdown } from "@fc/core";
import { describe, expect, test } from "vitest";
import { defaultLambdaSettings, lambdaSettings } from "./lambda-settings.ts";

describe("the settings", () => {
  test("are the defaults when nothing is set", () => {
    expect(readSettings(lambdaSettings, { environment: {} })).toEqual(defaultLambdaSettings());
  });

  test("are in the README as they are in the table", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(settingsMarkdown(lambdaSettings));
  });
});
