import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { endpointsOf } from "./group-cases.ts";

export const processCases: readonly ConformanceCase[] = casesOf("the next process", (add) => {
  add(
    "finds a node as it is: the same engine with its data, at the same endpoint",
    async (bench) => {
      const spec = bench.node("redis");
      const status = await bench.start(spec);
      await bench.client("redis").set(status.endpoint, "k", "v");
      await bench.reopen();
      assert.deepEqual(await bench.start(spec), status);
      assert.equal(await bench.client("redis").get(status.endpoint, "k"), "v");
    },
    { needs: ["adoption"] },
  );

  add(
    "finds a group as it is, with the primary that it had last",
    async (bench) => {
      const group = bench.group("kept", 2);
      const { keys } = endpointsOf(group, await bench.startGroup(group));
      const nodeKey = keys[1] ?? "";
      const before = await bench.backend.failover(group, { nodeKey, signal: bench.signal });
      await bench.reopen();
      const after = await bench.startGroup(group);
      assert.deepEqual([after.shards, after.nodes], [before.shards, before.nodes]);
    },
    { needs: ["adoption", "replication"] },
  );

  add(
    "removes nodes that nobody knows any more, and keeps those that are known",
    async (bench) => {
      const [known, forgotten] = [bench.node("redis"), bench.node("redis")];
      const [status] = await Promise.all([bench.start(known), bench.start(forgotten)]);
      const both = (await bench.abilities.leftovers()).length;
      await bench.reopen();
      bench.backend.keepOnly?.((key) => key === known.nodeKey);
      while ((await bench.abilities.leftovers()).length > both / 2)
        await delay(20, undefined, { signal: bench.signal }).catch(() => assert.fail("the forgotten node stays"));
      assert.deepEqual(await bench.start(known), status);
    },
    { needs: ["adoption", "leftovers"] },
  );
});
