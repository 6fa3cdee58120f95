import { expect, test } from "vitest";
import { functionSpec } from "../test/function-samples.ts";
import { functionImage, inRegistry } from "./function-image.ts";
import { completeSettings } from "./settings.ts";

const registry = { host: "registry.example", port: 5000 };
const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/app:1", "registry.example:5000/team/app:1"],
  [`111122223333.dkr.ecr.us-east-1.amazonaws.com/app@${digest}`, `registry.example:5000/app@${digest}`],
  ["111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app", "registry.example:5000/app"],
  ["111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app:1", "registry.example:5000/app:1"],
  ["111122223333.dkr-ecr.eu-west-1.on.aws/app:1", "registry.example:5000/app:1"],
])("a reference into ECR is looked for in the registry that stands in for it: %s", (uri, expected) => {
  expect(inRegistry(uri, registry)).toBe(expected);
});

test.each([
  "public.ecr.aws/lambda/nodejs:22",
  "example.com/111122223333.dkr.ecr.eu-central-1.amazonaws.com/app",
  "111122223333.dkr.ecr.eu-central-1.amazonaws.com",
  "dkr.ecr.eu-central-1.amazonaws.com/app",
  "111122223333.dkr.ecr.eu-central-1.amazonaws.com.evil.example/app",
  "app:1",
])("any other reference stays: %s", (uri) => expect(inRegistry(uri, registry)).toBe(uri));

test("an address of IPv6 is bracketed", () => {
  const uri = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/app";
  expect(inRegistry(uri, { host: "fd00::1", port: 5000 })).toBe("[fd00::1]:5000/app");
});

test("without a registry that stands in for ECR the user's reference is taken as it is", () => {
  const uri = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/app";
  expect(functionImage(functionSpec({ image: { uri } }), completeSettings(), undefined)).toBe(uri);
});
