import { silentLogger, systemClock } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { parseClusterNodes } from "./cluster-view.ts";
import { strangersOf } from "./strangers.ts";

const nodeOf = (nodeKey: string): CacheNodeSpec =>
  ({ nodeKey, resourceId: "g", engine: "redis", port: 7001, clusterEnabled: true }) as CacheNodeSpec;
const group = new CacheGroup({
  groupKey: "g",
  groupId: "g",
  automaticFailover: true,
  shards: [{ shardId: "0001", slots: "0-16383", nodes: [nodeOf("stays")] }],
});
const view = parseClusterNodes(
  "aa 10.0.0.1:7001@2,n myself,master - 0 0 1 connected 0-99\nbb 10.0.0.2:7001@2,n master - 0 0 2 connected 100-16383",
);
const member = { nodeKey: "stays", id: "aa", view } as ClusterMember;

/** A cluster with this Pod, whose engine accepts no connection. */
const contextWith = (pod: V1Pod): CacheContext =>
  ({
    client: { listPods: () => Promise.resolve([pod]), dial: () => Promise.reject(new Error("busy")) },
    nodes: new Map(),
    clock: systemClock,
    logger: silentLogger,
  }) as unknown as CacheContext;

const podAt = (podIP: string, over: V1Pod["metadata"] = {}): V1Pod => ({
  metadata: { uid: "u", annotations: { [cacheAnnotations.spec]: JSON.stringify(nodeOf("leaves")) }, ...over },
  status: { podIP, phase: "Running" },
});

test("a former member that runs and does not answer now keeps its slots; one whose Pod ends or is not there has none", async () => {
  const told = (pod: V1Pod) => strangersOf(contextWith(pod), group, [member], new AbortController().signal);
  expect(await told(podAt("10.0.0.2"))).toEqual({ gone: new Set(), leaving: [], busy: true });
  const gone = { gone: new Set(["bb"]), leaving: [], busy: false };
  expect(await told(podAt("10.0.0.2", { deletionTimestamp: new Date() }))).toEqual(gone);
  expect(await told(podAt("10.0.0.3"))).toEqual(gone);
});
