import { expect, test } from "vitest";
import { parseImageReference } from "./image-handler.ts";
import { nodeImageHandler } from "./node-image.ts";

const handler = nodeImageHandler({ nodePath: "/opt/node" });

test("is for node and its mirrors, not for images of functions", () => {
  expect(
    ["node:24-alpine", "mirror.example/library/node:22"].map((text) => handler.matches(parseImageReference(text))),
  ).toEqual([true, true]);
  expect(handler.matches(parseImageReference("public.ecr.aws/lambda/nodejs:22"))).toBe(false);
});

test("runs this machine's node, by name and by the image's entrypoint", async () => {
  const resolution = await handler.resolve(parseImageReference("node:24"));
  if (!resolution.available) throw new Error(resolution.reason);
  const { plan } = resolution;
  expect(plan.files).toEqual({ "/usr/local/fc/node": "/opt/node" });
  const argvOf = (...argv: string[]) => plan.adapt?.({ argv, env: {} }, { ip: "127.0.0.9" }).argv;
  expect(argvOf("node", "-e", "1")).toEqual(["node", "-e", "1"]);
  expect(argvOf("/usr/local/bin/node", "a.js")).toEqual(["node", "a.js"]);
  expect(argvOf("-e", "1")).toEqual(["node", "-e", "1"]);
  expect(argvOf("docker-entrypoint.sh", "a.js")).toEqual(["node", "a.js"]);
  expect(argvOf("sh", "-c", "true")).toEqual(["sh", "-c", "true"]);
});
