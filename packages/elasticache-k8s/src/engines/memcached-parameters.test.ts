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

  test.each([
    ["backlog_queue_limit", "9", ["-b", "9"]],
    ["binding_protocol", "ascii", ["-B", "ascii"]],
    ["binding_protocol", "auto", []],
    ["chunk_size", "96", ["-n", "96"]],
    ["chunk_size_growth_factor", "2", ["-f", "2"]],
    ["disable_flush_all", "1", ["-F"]],
    ["disable_flush_all", "0", []],
    ["error_on_memory_exhausted", "1", ["-M"]],
    ["hash_algorithm", "murmur3", ["-o", "hash_algorithm=murmur3"]],
    ["lru_crawler", "1", ["-o", "lru_crawler"]],
    ["max_item_size", "1024", ["-I", "1024"]],
    ["max_simultaneous_connections", "100", ["-c", "100"]],
    ["maxconns_fast", "1", ["-o", "maxconns_fast"]],
    ["requests_per_event", "5", ["-R", "5"]],
  ])("renders %s = %s", (name, value, flags) => {
    expect(memcachedArguments("cache.t3.micro", { [name]: value })).toEqual(["-m", "412", ...flags]);
  });
});
