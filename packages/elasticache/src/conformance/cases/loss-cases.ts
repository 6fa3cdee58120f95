import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { becomes, endpointsOf } from "./group-cases.ts";

export const lossCases: readonly ConformanceCase[] = casesOf("loss", (add) => {
  for (const how of ["deleted", "crashed"] as const)
    add(
      `a node that is ${how} is told lost, then recovered with the data that it says, at its endpoint`,
      async (bench) => {
        const spec = bench.node("redis");
        const node = await bench.start(spec);
        const client = bench.client("redis");
        await client.set(node.endpoint, "k", "v");
        const lost = bench.next(spec.nodeKey, "lost");
        const recovered = bench.next(spec.nodeKey, "recovered");
        await bench.abilities.lose(node, how);
        await lost;
        const { dataKept } = await recovered;
        const status = await bench.start(spec);
        assert.deepEqual(status.endpoint, node.endpoint);
        assert.notEqual(status.instance, node.instance);
        assert.equal(await client.get(node.endpoint, "k"), dataKept === true ? "v" : undefined);
        await client.set(node.endpoint, "k", "w");
      },
      { needs: ["lose"] },
    );

  add(
    "a replica takes the place of a primary that crashes, with the data, at the same endpoints",
    async (bench) => {
      const group = bench.group("lost", 2);
      const before = endpointsOf(group, await bench.startGroup(group));
      const [first = "", second = ""] = before.keys;
      const [primary, replica] = before.nodes;
      assert.ok(primary !== undefined && replica !== undefined);
      const client = bench.client("redis");
      await client.set(before.primary, "k", "v");
      await becomes(client, replica.endpoint, ["k", "v"], bench.signal);
      const promoted = bench.next(second, "promoted");
      const recovered = bench.next(first, "recovered");
      await bench.abilities.lose(primary, "crashed");
      await promoted;
      await becomes(client, before.primary, ["k", "v"], bench.signal);
      await recovered;
      const after = endpointsOf(group, await bench.startGroup(group));
      assert.equal(after.shard.primary, second);
      assert.deepEqual(
        [after.primary, after.nodes.map(({ endpoint }) => endpoint)],
        [before.primary, before.nodes.map(({ endpoint }) => endpoint)],
      );
      await becomes(client, primary.endpoint, ["k", "v"], bench.signal);
    },
    { needs: ["lose", "replication"] },
  );
});
