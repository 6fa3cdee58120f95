import { describe, expect, test } from "vitest";
import { memcachedArguments } from "./memcached-parameters.ts";

describe("memcachedArguments", () => {
  test("gives the node's memory less the connection overhead, in megabytes", () => {
    expect(memcachedArguments("cache.t3.micro", {})).toEqual(["-m", "412"]);
    expect(memcachedArguments("cache.t3.micro", { memcached_connections_overhead: "12" })).toEqual(["-m", "500"]);
    expect(memcachedArguments("cache.t3.micro", { max_cache_memory: "100" })).toEqual(["-m", "100"]);
  });

  test("turns parameters into flags and skips what only ElastiCache knows", () => {
    const parameters = {
      max_item_size: "2097152",
      cas_disabled: "1",
      config_max: "16",
      idle_timeout: "60",
      slab_reassign: "0",
    };
    expect(memcachedArguments("cache.t3.micro", parameters)).toEqual([
      ...["-m", "412", "-C", "-I", "2097152"],
      ...["-o", "idle_timeout=60,no_slab_reassign"],
    ]);
  });
});
