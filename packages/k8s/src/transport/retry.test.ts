import { describe, expect, test } from "vitest";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { backoffMs } from "../watch/backoff.ts";
import { isIdempotent, parseRetryAfter, retryDelayMs } from "./retry.ts";

const answered = (httpStatus: number, retryAfterMs?: number): KubernetesError =>
  new KubernetesError("x", { httpStatus, ...(retryAfterMs !== undefined && { retryAfterMs }) });
const lost = (errno: string): KubernetesError => new KubernetesError("x", { details: { errno } });

test.each([
  ["GET", undefined, true],
  ["DELETE", "application/json", true],
  ["PUT", "application/json", true],
  ["POST", "application/json", false],
  ["PATCH", "application/merge-patch+json", true],
  ["PATCH", "application/json-patch+json", false],
])("%s of %s may happen twice: %s", (method, contentType, expected) => {
  expect(isIdempotent(method, contentType)).toBe(expected);
});

describe("retryDelayMs", () => {
  test.each([
    [true, "a lost connection", lost("ECONNRESET"), true],
    [false, "a lost connection", lost("ECONNRESET"), false],
    [false, "a refused connection", lost("ECONNREFUSED"), true],
    [true, "500", answered(500), true],
    [false, "500", answered(500), false],
    [false, "503 with Retry-After", answered(503, 1_000), true],
    [false, "429", answered(429), true],
    [true, "404", answered(404), false],
    [true, "409", answered(409), false],
    [true, "an error that is none of Kubernetes", new Error("x"), false],
  ])("of what may happen twice (%s) after %s", (idempotent, _case, error, repeated) => {
    expect(retryDelayMs(idempotent, error, 1) !== undefined).toBe(repeated);
  });

  test("waits at least as long as the server asks", () => {
    expect(retryDelayMs(true, answered(429, 7_000), 1, () => 0)).toBe(7_000);
  });

  test("ends after five tries", () => {
    expect(retryDelayMs(true, answered(500), 4, () => 1)).toBe(1_600);
    expect(retryDelayMs(true, answered(500), 5)).toBeUndefined();
  });
});

test("Retry-After is read as seconds and as a date", () => {
  expect(parseRetryAfter("3", 0)).toBe(3_000);
  expect(parseRetryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 4_000)).toBe(6_000);
  expect(parseRetryAfter("soon", 0)).toBeUndefined();
  expect(parseRetryAfter(undefined, 0)).toBeUndefined();
});

test("back-off doubles from 200 ms up to 30 s, with full jitter", () => {
  expect([1, 2, 3, 20].map((failures) => backoffMs(failures, () => 1))).toEqual([200, 400, 800, 30_000]);
  expect(backoffMs(20, () => 0)).toBe(0);
});
