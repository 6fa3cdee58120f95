import assert from "node:assert/strict";
import { once } from "node:events";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { startEcho } from "../echo-pod.ts";
import { firstLine } from "../pod-reading.ts";

export const nodeCases: readonly ConformanceCase[] = casesOf("nodes", (add) => {
  add(
    "a Pod of another node is run in, read and dialled as any",
    async (bench) => {
      const { client, abilities, signal } = bench;
      const spec = { nodeSelector: { "kubernetes.io/hostname": abilities.secondNode } };
      const { pod, port } = await startEcho(bench, { spec });
      assert.equal(pod.spec?.nodeName, abilities.secondNode);
      assert.equal(await firstLine(client, pod, signal), "up\n");
      assert.equal((await client.exec(pod, "main", ["echo", "here"], { signal })).stdout.toString(), "here\n");
      const stream = await client.dial(pod, port, { signal });
      stream.write("ping\n");
      assert.equal(String((await once(stream, "data", { signal }))[0]), "ping\n");
      stream.destroy();
    },
    { needs: ["secondNode"] },
  );
});
