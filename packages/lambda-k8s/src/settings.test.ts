import { readSettings } from "@fc/core";
import { expect, test } from "vitest";
import { lambdaK8sSettings } from "./settings.ts";

test("a registry with a trailing slash is a problem of the settings", () => {
  const environment = {
    FAKECLOUD_LAMBDA_K8S_IMAGE_REGISTRY: "mirror.example/lambda/",
    FAKECLOUD_LAMBDA_K8S_LAUNCH_TIMEOUT: "0",
  };
  expect(() => readSettings(lambdaK8sSettings, { environment })).toThrow(/IMAGE_REGISTRY[\s\S]*LAUNCH_TIMEOUT/);
});
