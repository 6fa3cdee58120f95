import { silentLogger, systemClock } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { expect, test } from "vitest";
import { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { rejoin } from "./rejoin.ts";

const shards = [{ shardId: "0001", slots: "0-16383", nodes: [] }];
const group = new CacheGroup({ groupKey: "g", groupId: "g", automaticFailover: true, shards });

test("an abort is no failure: the new Pod serves by then, and the one before is on its way out", async () => {
  const context = { clock: systemClock, logger: silentLogger } as unknown as CacheContext;
  await expect(
    rejoin(context, group, { replacing: false }, AbortSignal.abort(new Error("closing"))),
  ).resolves.toBeUndefined();
});

test("it ends when the node's new Pod is lost, too: the next one waits for the node's turn, and would be waited for", async () => {
  const node = { replacing: false };
  // Nodes that never agree: each look finds that Kubernetes does not answer, and the third time the Pod is lost.
  let looks = 0;
  const nodes = {
    get: () => {
      looks += 1;
      if (looks === 3) node.replacing = true;
      throw new Error("no answer");
    },
  };
  const one = { shardId: "0001", slots: "0-16383", nodes: [{ nodeKey: "n" } as CacheNodeSpec] };
  const busy = new CacheGroup({ groupKey: "g", groupId: "g", automaticFailover: true, shards: [one] });
  const context = { clock: systemClock, logger: silentLogger, nodes } as unknown as CacheContext;
  await rejoin(context, busy, node, new AbortController().signal);
  expect(looks).toBe(3);
});
