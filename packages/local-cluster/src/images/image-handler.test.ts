import { describe, expect, test } from "vitest";
import { parseImageReference } from "./image-handler.ts";

describe("parseImageReference", () => {
  test.each([
    ["redis", "docker.io", "redis", "latest"],
    ["library/redis:7-alpine", "docker.io", "redis", "7-alpine"],
    ["docker.io/library/redis:7", "docker.io", "redis", "7"],
    ["public.ecr.aws/lambda/nodejs:22", "public.ecr.aws", "lambda/nodejs", "22"],
    ["localhost:5000/a/b", "localhost:5000", "a/b", "latest"],
    ["localhost/a:1", "localhost", "a", "1"],
    ["valkey/valkey:8@sha256:abc", "docker.io", "valkey/valkey", "8"],
    ["memcached@sha256:abc", "docker.io", "memcached", "sha256:abc"],
  ])("reads %s", (text, registry, repository, tag) => {
    expect(parseImageReference(text)).toEqual({ registry, repository, tag });
  });
});
