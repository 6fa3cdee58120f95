import { describe, expect, test } from "vitest";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { backoffMs } from "../watch/backoff.ts";
import { parseRetryAfter, retryDelayMs } from "./retry.ts";

const answered = (httpStatus: number, retryAfterMs?: number): KubernetesError =>
  new KubernetesError("x", { httpStatus, ...(retryAfterMs !== undefined && { retryAfterMs }) });
const lost = (errno: string, reusedSocket = false): KubernetesError =>
  new KubernetesError("x", { details: { errno, reusedSocket } });

describe("retryDelayMs", () => {
  test.each([
    ["GET", "a lost connection", lost("ECONNRESET"), true],
    ["DELETE", "a lost connection", lost("ECONNRESET"), true],
    ["POST", "a lost connection", lost("ECONNRESET"), false],
    ["POST", "a refused connection", lost("ECONNREFUSED"), true],
    ["PATCH", "a lost connection", lost("ECONNRESET"), false],
    ["PATCH", "an idle connection that the server closed", lost("ECONNRESET", true), true],
    ["GET", "500", answered(500), true],
    ["POST", "500", answered(500), false],
    ["PUT", "503 with Retry-After", answered(503, 1_000), true],
    ["POST", "429", answered(429), true],
    ["GET", "404", answered(404), false],
    ["GET", "409", answered(409), false],
    ["GET", "an error that is none of Kubernetes", new Error("x"), false],
  ])("%s after %s", (method, _case, error, repeated) => {
    expect(retryDelayMs(method, error, 1) !== undefined).toBe(repeated);
  });

  test("waits at least as long as the server asks", () => {
    expect(retryDelayMs("GET", answered(429, 7_000), 1, () => 0)).toBe(7_000);
  });

  test("ends after five tries", () => {
    expect(retryDelayMs("GET", answered(500), 4, () => 1)).toBe(1_600);
    expect(retryDelayMs("GET", answered(500), 5)).toBeUndefined();
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
