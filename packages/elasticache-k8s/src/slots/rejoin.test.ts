import { silentLogger, systemClock } from "@fc/core";
import { expect, test } from "vitest";
import { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { rejoin } from "./rejoin.ts";

test("an abort is no failure: the new Pod serves by then, and the one before is on its way out", async () => {
  const shards = [{ shardId: "0001", slots: "0-16383", nodes: [] }];
  const group = new CacheGroup({ groupKey: "g", groupId: "g", automaticFailover: true, shards });
  const context = { clock: systemClock, logger: silentLogger } as unknown as CacheContext;
  await expect(rejoin(context, group, AbortSignal.abort(new Error("closing")))).resolves.toBeUndefined();
});
