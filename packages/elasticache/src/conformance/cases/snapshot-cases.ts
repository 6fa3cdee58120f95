import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsWith } from "../expectations.ts";

export const snapshotCases: readonly ConformanceCase[] = casesOf("snapshots", (add) => {
  add("a node that is started with a snapshot has the data of then, and the source serves on", async (bench) => {
    const source = bench.node("redis");
    const { endpoint } = await bench.start(source);
    const client = bench.client("redis");
    await client.set(endpoint, "k", "then");
    const snapshot = await bench.backend.snapshot(source, { signal: bench.signal });
    assert.ok(snapshot.sizeBytes > 0);
    await client.set(endpoint, "k", "now");
    const copy = await bench.start(bench.node("redis"), snapshot);
    assert.equal(await client.get(copy.endpoint, "k"), "then");
    assert.equal(await client.get(endpoint, "k"), "now");
  });

  add("memcached has none", async (bench) => {
    const spec = bench.node("memcached");
    await bench.start(spec);
    await failsWith(bench.backend.snapshot(spec, { signal: bench.signal }), "FC_CACHE_SNAPSHOT_UNSUPPORTED");
  });

  add("there is none of a node that does not run", async (bench) => {
    const snapshot = bench.backend.snapshot(bench.node("redis"), { signal: bench.signal });
    await failsWith(snapshot, "FC_CACHE_NODE_NOT_FOUND");
  });
});
