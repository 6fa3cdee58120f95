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

  test("takes the image that is named for an engine version, or for its beginning", () => {
    const versions = { redis7: "seven", "redis7.1": "seven-one", "memcached1.6": "hub.example/six@sha256:0" };
    const images = { registry: "mirror.example", redis: "any", versions };
    expect(imageFor("redis", images, "7.0")).toBe("mirror.example/seven");
    expect(imageFor("redis", images, "7.1")).toBe("mirror.example/seven-one");
    expect(imageFor("redis", images, "7.10")).toBe("mirror.example/seven");
    expect(imageFor("redis", images, "6.2")).toBe("mirror.example/any");
    expect(imageFor("memcached", images, "1.6.22")).toBe("hub.example/six@sha256:0");
    expect(imageFor("valkey", images, "7.2")).toBe("mirror.example/valkey/valkey:8-alpine");
  });
});
