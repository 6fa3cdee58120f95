import { expect, test } from "vitest";
import { functionSpec } from "../test/function-samples.ts";
import { transportOf } from "./transport.ts";

const image = { uri: "example.com/app:1" };
const rie = { "fakecloud-k8s/transport": "rie" };
const runtimeApi = { "fakecloud-k8s/transport": "runtime-api" };

test.each([
  ["gate", {}, "runtime-api"],
  ["image", { image }, "runtime-api"],
  ["rie", {}, "rie"],
  ["rie", { image }, "rie"],
  ["rie", { tags: rie }, "runtime-api"],
  ["rie", { image, tags: rie }, "runtime-api"],
  ["image", { image, tags: runtimeApi }, "rie"],
] as const)("the transport is %s for %j where the setting is %s", (expected, over, transport) => {
  expect(transportOf(functionSpec(over), { transport })).toBe(expected);
});

test("a tag with another value is refused by name", () => {
  const tags = { "fakecloud-k8s/transport": "emulator" };
  expect(() => transportOf(functionSpec({ tags }), { transport: "runtime-api" })).toThrow(
    'tag fakecloud-k8s/transport: expected runtime-api or rie, not "emulator"',
  );
});
