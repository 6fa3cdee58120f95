import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsWith } from "../expectations.ts";

export const rebootCases: readonly ConformanceCase[] = casesOf("reboot", (add) => {
  for (const engine of ["redis", "valkey"] as const)
    add(`${engine} is another process behind the same endpoint, with its data`, async (bench) => {
      const spec = bench.node(engine);
      const before = await bench.start(spec);
      const client = bench.client(engine);
      await client.set(before.endpoint, "k", "v");
      const after = await bench.backend.reboot(spec, { signal: bench.signal });
      assert.deepEqual(after.endpoint, before.endpoint);
      assert.notEqual(after.instance, before.instance);
      assert.equal(await client.get(after.endpoint, "k"), "v");
      await client.set(after.endpoint, "k", "w");
    });

  add("memcached is empty, behind the same endpoint", async (bench) => {
    const spec = bench.node("memcached");
    const { endpoint } = await bench.start(spec);
    const client = bench.client("memcached");
    await client.set(endpoint, "k", "v");
    assert.deepEqual((await bench.backend.reboot(spec, { signal: bench.signal })).endpoint, endpoint);
    assert.equal(await client.get(endpoint, "k"), undefined);
  });

  add(
    "an engine that does not come up leaves the old one serving, and writable",
    async (bench) => {
      const spec = bench.node("redis");
      const before = await bench.start(spec);
      const client = bench.client("redis");
      await client.set(before.endpoint, "k", "v");
      const bad = { ...spec, ...bench.abilities.unstartable };
      await failsWith(bench.backend.reboot(bad, { signal: bench.signal }), "FC_CACHE_REBOOT_FAILED");
      assert.equal(await client.get(before.endpoint, "k"), "v");
      await client.set(before.endpoint, "k", "w");
      assert.deepEqual(await bench.start(spec), before);
    },
    { needs: ["unstartable"] },
  );

  add("parameters that AWS takes up at a reboot are named as waiting for one, others are not", async (bench) => {
    const spec = bench.node("redis");
    await bench.start(spec);
    const changed = { ...spec, parameters: { timeout: "77", activerehashing: "no" } };
    const options = { signal: bench.signal, atReboot: ["activerehashing"] };
    const { pendingReboot } = await bench.backend.applyParameters(changed, options);
    assert.deepEqual(pendingReboot, ["activerehashing"]);
  });
});
