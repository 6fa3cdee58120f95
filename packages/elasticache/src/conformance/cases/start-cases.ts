import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsWith, failureOf } from "../expectations.ts";

const engines = ["redis", "valkey", "memcached"] as const;

export const startCases: readonly ConformanceCase[] = casesOf("start", (add) => {
  for (const engine of engines)
    add(`${engine} answers at its endpoint, on the port that was asked for, when its start resolves`, async (bench) => {
      const { endpoint } = await bench.start(bench.node(engine, { port: 7777 }));
      assert.equal(endpoint.port, 7777);
      const client = bench.client(engine);
      assert.equal(await client.get(endpoint, "k"), undefined);
      await client.set(endpoint, "k", "v");
      assert.equal(await client.get(endpoint, "k"), "v");
    });

  add("starting a node again changes nothing", async (bench) => {
    const spec = bench.node("redis");
    const status = await bench.start(spec);
    await bench.client("redis").set(status.endpoint, "k", "v");
    assert.deepEqual(await bench.start(spec), status);
    assert.equal(await bench.client("redis").get(status.endpoint, "k"), "v");
  });

  add("nodes of one id in two accounts are two", async (bench) => {
    const mine = bench.node("redis");
    const theirs = { ...mine, account: "111122223333", nodeKey: `${mine.nodeKey}-theirs` };
    const [one, two] = await Promise.all([bench.start(mine), bench.start(theirs)]);
    assert.notEqual(one.instance, two.instance);
    await bench.backend.delete(theirs.nodeKey, { signal: bench.signal });
    assert.deepEqual(await bench.start(mine), one);
  });

  add(
    "a start that is aborted rejects, and leaves nothing",
    async (bench) => {
      const spec = bench.node("redis");
      await failureOf(bench.backend.start(spec, { signal: AbortSignal.abort(new Error("no more")) }));
      assert.deepEqual(await bench.abilities.leftovers(), []);
    },
    { needs: ["leftovers"] },
  );

  add(
    "an engine that does not come up fails the start, and leaves nothing",
    async (bench) => {
      const { leftovers, unstartable } = bench.abilities;
      await failsWith(bench.start(bench.node("redis", unstartable)), "FC_CACHE_START_FAILED");
      assert.deepEqual(await leftovers(), []);
    },
    { needs: ["leftovers", "unstartable"] },
  );

  add(
    "delete resolves when the node is gone, and again, and for one that never was",
    async (bench) => {
      const spec = bench.node("redis");
      await bench.start(spec);
      assert.notDeepEqual(await bench.abilities.leftovers(), []);
      await bench.backend.delete(spec.nodeKey, { signal: bench.signal });
      assert.deepEqual(await bench.abilities.leftovers(), []);
      await bench.backend.delete(spec.nodeKey, { signal: bench.signal });
      await bench.backend.delete(bench.node("redis").nodeKey, { signal: bench.signal });
    },
    { needs: ["leftovers"] },
  );

  add("a node that was deleted starts empty", async (bench) => {
    const spec = bench.node("redis");
    const first = await bench.start(spec);
    await bench.client("redis").set(first.endpoint, "k", "v");
    await bench.backend.delete(spec.nodeKey, { signal: bench.signal });
    const { endpoint } = await bench.start(spec);
    assert.equal(await bench.client("redis").get(endpoint, "k"), undefined);
  });

  add("says that it is ready", async ({ backend }) => {
    assert.equal((await backend.health()).ready, true);
  });
});
