import { describe, expect, test } from "vitest";
import { redisDirectives } from "./redis-parameters.ts";

const directives = (parameters: Record<string, string>) =>
  redisDirectives("cache.t3.micro", parameters).map(({ name, value }) => `${name} ${value}`);

describe("redisDirectives", () => {
  test("keeps back a quarter of the node's memory unless told otherwise", () => {
    expect(directives({})).toEqual(["maxmemory 402653184"]);
    expect(directives({ "reserved-memory-percent": "50" })).toEqual(["maxmemory 268435456"]);
    expect(directives({ "reserved-memory": "36870912" })).toEqual(["maxmemory 500000000"]);
    expect(directives({ maxmemory: "1000000" })).toEqual(["maxmemory 1000000"]);
  });

  test("passes engine parameters on in a stable order and skips what only ElastiCache knows", () => {
    expect(
      directives({ timeout: "5", "cluster-enabled": "yes", appendonly: "yes", "maxmemory-policy": "noeviction" }),
    ).toEqual(["maxmemory 402653184", "maxmemory-policy noeviction", "timeout 5"]);
  });

  test("joins the three parts of an output buffer limit, with the engine's defaults for those not given", () => {
    const found = redisDirectives("cache.t3.micro", {
      "client-output-buffer-limit-pubsub-soft-seconds": "9",
      "client-output-buffer-limit-slave-hard-limit": "100",
    });
    expect(found.slice(1)).toEqual([
      {
        name: "client-output-buffer-limit",
        value: "pubsub 33554432 8388608 9",
        parameters: ["client-output-buffer-limit-pubsub-soft-seconds"],
      },
      {
        name: "client-output-buffer-limit",
        value: "replica 100 67108864 60",
        parameters: ["client-output-buffer-limit-slave-hard-limit"],
      },
    ]);
  });
});
