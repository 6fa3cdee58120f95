import { expect, test } from "vitest";
import { reachableEnvironment } from "./reachable-environment.ts";

const rewritten = (value: string, url = "http://server.example:8000"): string | undefined =>
  reachableEnvironment({ VALUE: value }, 4566, url)["VALUE"];

test.each([
  ["http://localhost:4566", "http://server.example:8000"],
  ["http://127.0.0.1:4566/queue/a?b=c", "http://server.example:8000/queue/a?b=c"],
  ["HTTP://LocalHost:4566/", "http://server.example:8000/"],
  ["http://[::1]:4566", "http://server.example:8000"],
  ["http://0.0.0.0:4566", "http://server.example:8000"],
  ["localhost:4566", "server.example:8000"],
  ["redis://localhost:4566/0", "redis://server.example:8000/0"],
  ["a=http://localhost:4566,b=127.0.0.1:4566", "a=http://server.example:8000,b=server.example:8000"],
  ['{"url":"http://localhost:4566"}', '{"url":"http://server.example:8000"}'],
])("the server's own address becomes the one that Pods reach: %s", (value, expected) => {
  expect(rewritten(value)).toBe(expected);
});

test.each([
  "http://localhost:2772/configurations",
  "http://localhost",
  "localhost",
  "http://localhost:45660",
  "http://my-localhost:4566",
  "http://a.localhost:4566",
  "http://10.127.0.0.1:4566",
  "http://server.example:4566",
  "postgres://localhost:5432/db",
])("anything else is the function's own: %s", (value) => expect(rewritten(value)).toBe(value));

test("an address without a port gets that of its scheme where a port is needed", () => {
  expect(rewritten("localhost:4566", "https://server.example")).toBe("server.example:443");
  expect(rewritten("http://localhost:4566/a", "https://server.example")).toBe("https://server.example/a");
});
