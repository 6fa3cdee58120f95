import { expect, test } from "vitest";
import { harness } from "../test/harness.ts";
import { createElastiCache } from "./elasticache.ts";

test("recovering tells the backend which nodes there should be, so that it removes the rest", async () => {
  const { call, settle, backend, blobs, records, clock } = harness();
  call("CreateCacheCluster", { CacheClusterId: "kept" });
  await settle();
  const [known] = backend.nodes.values();
  if (known === undefined) throw new Error("no node was made");
  const { nodeKey } = known.spec;
  await backend.start({ ...known.spec, nodeKey: "forgotten" }, { signal: new AbortController().signal });
  await using service = createElastiCache({ backend, blobs, records, clock });
  await service.recover();
  expect([...backend.nodes.keys()]).toEqual([nodeKey]);
});
