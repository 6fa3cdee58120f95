import { describe, expect, test } from "vitest";
import { runtimeImage } from "./runtime-image.ts";

describe("a runtime's image", () => {
  test.each([
    ["nodejs22.x", "nodejs:22", "node", "image"],
    ["nodejs24.x", "nodejs:24", "node", "image"],
    ["nodejs18.x", "nodejs:18", "shell", "image"],
    ["nodejs4.3", "nodejs:4.3", "shell", "image"],
    ["python3.13", "python:3.13", "python", "image"],
    ["python2.7", "python:2.7", "shell", "image"],
    ["java21", "java:21", "shell", "image"],
    ["java8.al2", "java:8.al2", "shell", "image"],
    ["dotnet8", "dotnet:8", "shell", "image"],
    ["ruby3.4", "ruby:3.4", "shell", "image"],
    ["go1.x", "go:1", "shell", "image"],
    ["provided.al2023", "provided:al2023", "shell", "bootstrap"],
    ["provided.al2", "provided:al2", "shell", "bootstrap"],
    ["provided", "provided:alami", "shell", "bootstrap"],
  ])("of %s is %s", (runtime, image, gate, entry) => {
    expect(runtimeImage(runtime)).toEqual({ image, gate, entry });
  });

  test.each([
    "NODE_OPTIONS",
    "NODE_DEBUG",
    "LD_PRELOAD",
    "NODE_EXTRA_CA_CERTS",
    "PYTHONPATH",
    "AWS_LAMBDA_EXEC_WRAPPER",
  ])("waits for the function's environment when that sets %s", (name) =>
    expect(runtimeImage("nodejs22.x", { [name]: "x" }).gate).toBe("shell"),
  );

  test.each(["NODE_ENV", "NODE_PATH", "NODE_TLS_REJECT_UNAUTHORIZED", "TZ", "MY_PYTHON"])(
    "starts ahead of the function's environment when that sets %s",
    (name) => expect(runtimeImage("nodejs22.x", { [name]: "x" }).gate).toBe("node"),
  );

  test.each([
    ["cobol85", "cobol85"],
    ["nodejs", "nodejs"],
    ["", 'runtime ""'],
  ])("is refused by name: '%s'", (runtime, words) => {
    expect(() => runtimeImage(runtime)).toThrow(words);
  });
});
