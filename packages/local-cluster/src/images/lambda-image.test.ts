import { existsSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseImageReference } from "./image-handler.ts";
import { createLambdaImageHandler } from "./lambda-image.ts";

const handler = createLambdaImageHandler();
const resolve = (reference: string, over = handler) => over.resolve(parseImageReference(reference));

describe("the Lambda image handler", () => {
  test.each([
    ["public.ecr.aws/lambda/nodejs:22", true],
    ["lambda/python:3.13", true],
    ["mirror.example:5000/aws/lambda/provided:al2023", true],
    ["public.ecr.aws/lambda/java:21", true],
    ["docker.io/library/redis:7", false],
    ["notlambda/nodejs:22", false],
  ])("decides for %s: %s", (reference, expected) => {
    expect(handler.matches(parseImageReference(reference))).toBe(expected);
  });

  test("gives Node's image this process's Node and files that exist", async () => {
    const resolution = await resolve("public.ecr.aws/lambda/nodejs:22");
    if (!resolution.available) throw new Error(resolution.reason);
    const { plan } = resolution;
    expect(plan.entrypoint).toEqual(["/lambda-entrypoint.sh"]);
    expect(plan.files["/var/lang/bin/node"]).toBe(process.execPath);
    expect(Object.values(plan.files).filter((path) => !existsSync(path))).toEqual([]);
    expect(statSync(plan.files["/lambda-entrypoint.sh"]!).mode & 0o111).toBe(0o111);
    expect(existsSync(`${plan.files["/var/runtime"]}/bootstrap`)).toBe(true);
  });

  test("says when another version runs than the tag names", async () => {
    const resolution = await resolve("lambda/nodejs:4");
    expect(resolution).toMatchObject({
      plan: { warnings: [{ reason: "OtherVersion", message: expect.stringContaining("lambda/nodejs:4 runs on") }] },
    });
    const same = await resolve(`lambda/nodejs:${process.versions.node.split(".")[0]}`);
    expect(same).toMatchObject({ plan: { warnings: [] } });
  });

  test("names what to install when Python is missing", async () => {
    const without = createLambdaImageHandler({ find: () => undefined });
    expect(await resolve("lambda/python:3.13", without)).toMatchObject({
      available: false,
      reason: expect.stringContaining("install Python 3"),
    });
  });

  test("refuses a runtime that has no local program and says which have", async () => {
    expect(await resolve("public.ecr.aws/lambda/ruby:3.4")).toMatchObject({
      available: false,
      reason: expect.stringContaining("nodejs, python, java and provided"),
    });
  });
});
