import { describe, expect, test } from "vitest";
import { imageFor } from "./images.ts";

describe("imageFor", () => {
  test("puts the registry before images that name none, and leaves the others", () => {
    const images = { registry: "mirror.example:5000/hub/", redis: "quay.io/me/redis:7" };
    expect(imageFor("redis", images)).toBe("quay.io/me/redis:7");
    expect(imageFor("valkey", images)).toBe("mirror.example:5000/hub/valkey/valkey:8-alpine");
    expect(imageFor("memcached", images)).toBe("mirror.example:5000/hub/memcached:1.6-alpine");
    expect(imageFor("restore")).toBe("busybox:1.36");
  });
});
