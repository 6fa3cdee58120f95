import { expect, test } from "vitest";
import { CacheBackendError } from "./backend/backend-error.ts";
import { failureText } from "./errors.ts";

const failed = (message: string, options: object = {}): Error =>
  new CacheBackendError("FC_CACHE_START_FAILED", message, options);

test("the words of a failure name the cluster's reason and its cause, each once", () => {
  expect(failureText(failed("no Pod", { details: { reason: "Evicted" } }))).toBe("Evicted: no Pod");
  expect(failureText(failed("no Pod: Evicted", { details: { reason: "Evicted" } }))).toBe("no Pod: Evicted");
  expect(failureText(failed("no Pod", { cause: new Error("quota") }))).toBe("no Pod: quota");
  expect(failureText(failed("no Pod: quota", { cause: new Error("quota") }))).toBe("no Pod: quota");
});
