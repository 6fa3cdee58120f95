import { describe, expect, test } from "vitest";
import { parseSubscription, type SubscriptionApi } from "./subscription.ts";

const request = {
  schemaVersion: "2022-12-13",
  types: ["platform", "function"],
  destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:8080/logs?a=b" },
};
const parse = (over: object, api: SubscriptionApi = "telemetry"): ReturnType<typeof parseSubscription> =>
  parseSubscription(api, Buffer.from(JSON.stringify({ ...request, ...over })));

describe("a request to subscribe", () => {
  test("gets AWS's defaults", () => {
    expect(parse({})).toEqual({
      api: "telemetry",
      schemaVersion: "2022-12-13",
      types: ["platform", "function"],
      destination: { protocol: "HTTP", port: 8080, path: "/logs?a=b", method: "POST" },
      buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1_000 },
    });
  });

  test.each(["2022-07-01", "2022-12-13", "2025-01-29"])("may have the schema version %s", (schemaVersion) => {
    expect(parse({ schemaVersion })).toMatchObject({ schemaVersion });
  });

  test("may go to a port by TCP, or to the short name of the environment", () => {
    expect(parse({ destination: { protocol: "TCP", port: 4243 } })).toMatchObject({
      destination: { protocol: "TCP", port: 4243 },
    });
    expect(parse({ destination: { protocol: "HTTP", URI: "http://sandbox:80" } })).toMatchObject({
      destination: { port: 80, path: "/" },
    });
  });

  test("of the Logs API needs no schema version, and may choose the method", () => {
    const destination = { protocol: "HTTP", URI: "http://sandbox:1", method: "PUT", encoding: "JSON" };
    expect(parse({ schemaVersion: undefined, destination }, "logs")).toMatchObject({
      schemaVersion: "2020-08-15",
      destination: { method: "PUT" },
    });
  });

  test.each([
    [{ schemaVersion: undefined }, "schemaVersion should be one of 2022-07-01, 2022-12-13, 2025-01-29"],
    [{ schemaVersion: "2020-08-15" }, "schemaVersion should be one of"],
    [{ types: [] }, "types should not be empty"],
    [{ types: undefined }, "types should not be empty"],
    [{ types: ["Platform"] }, "types should be of platform, function, extension"],
    [{ destination: undefined }, "destination is not provided"],
    [{ destination: { protocol: "UDP", URI: "http://sandbox:1" } }, "protocol should be HTTP or TCP"],
    [{ destination: { protocol: "TCP" } }, "port should be between 1 and 65535"],
    [{ destination: { protocol: "TCP", port: 9_001 } }, "port 9001 is reserved"],
    [{ destination: { protocol: "HTTP", URI: "http://sandbox" } }, "URI port is not provided"],
    [
      { destination: { protocol: "HTTP", URI: "http://example.com:80" } },
      "URI host should be sandbox.localdomain or sandbox",
    ],
    [{ destination: { protocol: "HTTP", URI: "https://sandbox:80" } }, "URI should be of the form"],
    [{ destination: { protocol: "HTTP", URI: "http://sandbox:80/a\r\nB: c" } }, "URI should be of the form"],
    [{ destination: { protocol: "HTTP" } }, "URI should be of the form"],
    [{ buffering: { maxItems: 999 } }, "maxItems should be between 1000 and 10000"],
    [{ buffering: { maxBytes: 1_048_577 } }, "maxBytes should be between 262144 and 1048576"],
    [{ buffering: { timeoutMs: "25" } }, "timeoutMs should be between 25 and 30000"],
  ])("is refused for %j", (over, problem) => {
    expect(parse(over)).toContain(problem);
  });

  test("is told all that is wrong with it at once", () => {
    const destination = { protocol: "HTTP", URI: "http://sandbox" };
    expect(parse({ types: [], destination })).toBe("URI port is not provided; types should not be empty");
    expect(parseSubscription("telemetry", Buffer.from("[]"))).toBe("The body is not a JSON object");
    expect(parseSubscription("telemetry", undefined)).toBe("The body is not a JSON object");
  });
});
