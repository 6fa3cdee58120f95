import { FcError } from "@fc/core";
import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess, thrown } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

const create = async (nodes: number, more: object = {}): Promise<Harness> => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", NumCacheNodes: nodes, ...more });
  await h.settle();
  return h;
};
const describeOne = (h: Harness) =>
  h.call("DescribeCacheClusters", { CacheClusterId: "m", ShowCacheNodeInfo: true }).CacheClusters?.[0];
const ids = (h: Harness) => describeOne(h)?.CacheNodes?.map((node) => node.CacheNodeId);
const endpoints = (h: Harness) => describeOne(h)?.CacheNodes?.map((node) => node.Endpoint?.Address);
const discovery = (h: Harness) => [...h.backend.nodes.values()].find(({ spec }) => spec.discovers !== undefined)?.spec;
const keyOf = (h: Harness, id: string) =>
  [...h.backend.nodes.values()].find(({ spec }) => spec.nodeId === id && spec.discovers === undefined)?.spec.nodeKey ??
  "";
const modify = { CacheClusterId: "m", ApplyImmediately: true } as const;

describe("memcached clusters", () => {
  test("have a node per NumCacheNodes, each with its address, and a configuration endpoint that tells of them", async () => {
    const h = await create(3);
    expect(describeOne(h)).toMatchObject({
      CacheClusterStatus: "available",
      NumCacheNodes: 3,
      PreferredAvailabilityZone: "us-east-1a",
      ConfigurationEndpoint: { Address: "m-cfg.cache.invalid", Port: 11_211 },
    });
    expect(ids(h)).toEqual(["0001", "0002", "0003"]);
    expect(endpoints(h)).toEqual(["m-0001.cache.invalid", "m-0002.cache.invalid", "m-0003.cache.invalid"]);
    expect(discovery(h)?.discovers).toEqual({
      version: 1,
      nodes: ["0001", "0002", "0003"].map((id) => keyOf(h, id)),
    });
    expect(h.eventsOf("m")).toContain("Added cache node 0003 in availability zone us-east-1a");
  });

  test("show no endpoint before they are available", async () => {
    const h = harness();
    h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", NumCacheNodes: 2 });
    await h.settle();
    expect(describeOne(h)).toMatchObject({ CacheClusterStatus: "creating", NumCacheNodes: 2 });
    expect(describeOne(h)?.ConfigurationEndpoint).toBeUndefined();
    expect(describeOne(h)?.CacheNodes?.map((node) => [node.CacheNodeStatus, node.Endpoint])).toEqual([
      ["creating", undefined],
      ["creating", undefined],
    ]);
  });

  test("spread over zones with cross-az, or where they are told to", async () => {
    const zones = (h: Harness) => describeOne(h)?.CacheNodes?.map((node) => node.CustomerAvailabilityZone);
    const spread = await create(2, { AZMode: "cross-az" });
    expect(zones(spread)).toEqual(["us-east-1a", "us-east-1b"]);
    expect(describeOne(spread)?.PreferredAvailabilityZone).toBe("Multiple");
    const told = await create(2, { PreferredAvailabilityZones: ["us-east-1c", "us-east-1b"] });
    expect(zones(told)).toEqual(["us-east-1c", "us-east-1b"]);
    told.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 3, NewAvailabilityZones: ["us-east-1f"] });
    await told.settle();
    expect(zones(told)).toEqual(["us-east-1c", "us-east-1b", "us-east-1f"]);
  });

  test.each([
    ["InvalidParameterValueException", { NumCacheNodes: 0 }],
    ["NodeQuotaForClusterExceededFault", { NumCacheNodes: 41 }],
    ["InvalidParameterCombinationException", { NumCacheNodes: 1, AZMode: "cross-az" as const }],
    ["InvalidParameterCombinationException", { NumCacheNodes: 3, PreferredAvailabilityZones: ["us-east-1a"] }],
    ["InvalidParameterValueException", { NumCacheNodes: 1, PreferredAvailabilityZones: ["eu-west-1a"] }],
  ])("are refused with %s for %j", (code, input) => {
    const h = harness();
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", ...input }))).toBe(
      code,
    );
    expect(h.backend.calls).toEqual([]);
  });

  test("count with their nodes for the region's quota", async () => {
    const h = harness();
    for (let i = 0; i < 7; i += 1)
      h.call("CreateCacheCluster", { CacheClusterId: `m${i}`, Engine: "memcached", NumCacheNodes: 40 });
    const more = { CacheClusterId: "m8", Engine: "memcached", NumCacheNodes: 21 };
    expect(codeOf(() => h.call("CreateCacheCluster", more))).toBe("NodeQuotaForCustomerExceededFault");
  });

  test("that do not come up leave nothing, and say why", async () => {
    const h = harness();
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "ErrImagePull"));
    h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", NumCacheNodes: 3 });
    await h.settle();
    expect(h.clusterStatus("m")).toBe("incompatible-network");
    expect(h.backend.nodes.size).toBe(0);
    expect(h.eventsOf("m").join()).toContain("ErrImagePull");
  });

  test("serve without discovery when what tells of the nodes cannot be had, and say so", async () => {
    const h = harness();
    const release = h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached" });
    const [record] = h.plane.state.clusters.all();
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "ErrImagePull"), record?.node.nodeKey);
    release();
    await h.settle();
    expect(describeOne(h)).toMatchObject({
      CacheClusterStatus: "available",
      ConfigurationEndpoint: { Address: "m-0001.cache.invalid" },
    });
    expect(h.eventsOf("m").join()).toContain("without auto discovery: ErrImagePull");
  });
});

describe("ModifyCacheCluster of memcached", () => {
  test("adds nodes, tells clients of them, and takes chosen ones away", async () => {
    const h = await create(2);
    const configuration = describeOne(h)?.ConfigurationEndpoint;
    const answer = h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 4 }).CacheCluster;
    expect(answer).toMatchObject({ CacheClusterStatus: "modifying", PendingModifiedValues: { NumCacheNodes: 4 } });
    await h.settle();
    expect(describeOne(h)).toMatchObject({ CacheClusterStatus: "available", NumCacheNodes: 4 });
    expect(discovery(h)?.discovers?.version).toBe(2);
    expect(discovery(h)?.discovers?.nodes).toHaveLength(4);
    const gone = keyOf(h, "0002");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 2, CacheNodeIdsToRemove: ["0002", "0003"] });
    await h.settle();
    expect(ids(h)).toEqual(["0001", "0004"]);
    expect(h.backend.nodes.has(gone)).toBe(false);
    expect(discovery(h)?.discovers).toEqual({ version: 3, nodes: [keyOf(h, "0001"), keyOf(h, "0004")] });
    expect(describeOne(h)?.ConfigurationEndpoint).toEqual(configuration);
    expect(describeOne(h)?.PendingModifiedValues?.NumCacheNodes).toBeUndefined();
    // Clients hear of the change before the nodes go.
    const calls = h.backend.calls.slice(-3);
    expect(calls[0]).toMatch(/^reboot /);
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 3 });
    await h.settle();
    expect(ids(h)).toEqual(["0001", "0002", "0004"]);
    expect(keyOf(h, "0002")).not.toBe(gone);
  });

  test("waits for the maintenance window without ApplyImmediately, and asking for what there is cancels it", async () => {
    const h = await create(2, { PreferredMaintenanceWindow: "wed:04:00-wed:05:00" });
    const later = { CacheClusterId: "m", NumCacheNodes: 1, CacheNodeIdsToRemove: ["0001"] };
    expect(h.call("ModifyCacheCluster", later).CacheCluster).toMatchObject({
      CacheClusterStatus: "available",
      PendingModifiedValues: { NumCacheNodes: 1, CacheNodeIdsToRemove: ["0001"] },
    });
    h.call("ModifyCacheCluster", { CacheClusterId: "m", NumCacheNodes: 2 });
    expect(describeOne(h)?.PendingModifiedValues?.NumCacheNodes).toBeUndefined();
    expect(ids(h)).toEqual(["0001", "0002"]);
  });

  test.each([
    ["InvalidParameterCombinationException", { NumCacheNodes: 1 }, "2 cache nodes are to be removed"],
    ["InvalidParameterCombinationException", { NumCacheNodes: 1, CacheNodeIdsToRemove: ["0001"] }, "names 1"],
    ["InvalidParameterValueException", { NumCacheNodes: 2, CacheNodeIdsToRemove: ["0009"] }, "no cache node 0009"],
    ["InvalidParameterCombinationException", { NumCacheNodes: 4, CacheNodeIdsToRemove: ["0001"] }, "fewer"],
    ["InvalidParameterCombinationException", { CacheNodeIdsToRemove: ["0001"] }, "needs NumCacheNodes"],
    ["InvalidParameterCombinationException", { NumCacheNodes: 3, NewAvailabilityZones: ["us-east-1a"] }, "new"],
    ["InvalidParameterCombinationException", { NumCacheNodes: 5, NewAvailabilityZones: ["us-east-1a"] }, "2 new"],
    ["InvalidParameterValueException", { NumCacheNodes: 0 }, "at least 1"],
    ["NodeQuotaForClusterExceededFault", { NumCacheNodes: 41 }, "at most 40"],
  ])("is refused with %s for %j", async (code, input, words) => {
    const h = await create(3);
    const error = thrown(() => h.call("ModifyCacheCluster", { ...modify, ...input }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(h.clusterStatus("m")).toBe("available");
  });

  test("leaves the cluster as it was when a new node does not come up", async () => {
    const h = await create(1);
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "unused by the node that runs"));
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 2 });
    await h.settle();
    expect(ids(h)).toEqual(["0001"]);
    expect(h.clusterStatus("m")).toBe("available");
    expect(discovery(h)?.discovers?.version).toBe(1);
    expect(h.eventsOf("m").join()).toContain("The modification failed");
  });

  test("leaves nothing of a new node that does not come up, however often its removal fails", async () => {
    const h = await create(1);
    const release = h.backend.hold("start");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 3 });
    await h.settle();
    const [, second, third] = h.plane.state.clusters.all()[0]?.cacheNodes ?? [];
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "ErrImagePull"), second?.nodeKey);
    for (const reason of ["no answer", "still none"]) h.backend.fail("delete", new Error(reason), third?.nodeKey);
    release();
    await h.settle();
    expect(h.clusterStatus("m")).toBe("modifying");
    await h.clock.advance(10_000);
    expect(h.clusterStatus("m")).toBe("available");
    expect(ids(h)).toEqual(["0001"]);
    expect([...h.backend.nodes.keys()]).not.toContain(third?.nodeKey);
    expect(h.eventsOf("m")).toContain("Cache nodes could not be removed yet: no answer");
  });

  test("leaves the cluster as it was when a new node does not come up for the next process, either", async () => {
    const h = await create(1);
    const release = h.backend.hold("start");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 2 });
    await h.settle();
    await h.plane.tasks.stop();
    const [, second] = h.plane.state.clusters.all()[0]?.cacheNodes ?? [];
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "ErrImagePull"), second?.nodeKey);
    release();
    const next = await nextProcess(h);
    expect(describeOne(next)).toMatchObject({ CacheClusterStatus: "available", NumCacheNodes: 1 });
    expect(next.eventsOf("m").join()).toContain("The modification failed");
  });

  test("takes all new nodes back when one does not come up for the next process, also one that served for the former", async () => {
    const h = await create(1);
    const release = h.backend.hold("start");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 3 });
    await h.settle();
    const third = h.plane.state.clusters.all()[0]?.cacheNodes?.[2]?.nodeKey;
    h.backend.fail("start", new FcError("FC_CACHE_START_FAILED", "no room", { retryable: true }), third);
    release();
    await h.settle();
    expect(h.backend.nodes.size).toBe(3);
    await h.plane.tasks.stop();
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "ErrImagePull"), third);
    const next = await nextProcess(h);
    expect(describeOne(next)).toMatchObject({ CacheClusterStatus: "available", NumCacheNodes: 1 });
    expect(next.backend.nodes.size).toBe(2);
    expect(discovery(next)?.discovers?.nodes).toEqual([keyOf(next, "0001")]);
    expect(next.eventsOf("m").join()).toContain("The modification failed");
  });

  test("tells of new nodes once, also when the process dies while clients are told of them", async () => {
    const h = await create(1);
    const release = h.backend.hold("reboot");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 2 });
    await h.settle();
    await h.plane.tasks.stop();
    release();
    const next = await nextProcess(h);
    expect(next.eventsOf("m").filter((message) => message.startsWith("Added cache node 0002"))).toHaveLength(1);
    expect(discovery(next)?.discovers?.nodes).toEqual([keyOf(next, "0001"), keyOf(next, "0002")]);
  });

  test("is gone on with by the next process", async () => {
    const h = await create(2);
    h.backend.hold("start");
    h.call("ModifyCacheCluster", { ...modify, NumCacheNodes: 4 });
    await h.settle();
    await h.plane.tasks.stop();
    const next = harness({ previous: h });
    h.backend.hold("start")();
    next.recover();
    await next.settle();
    expect(ids(next)).toEqual(["0001", "0002", "0003", "0004"]);
    expect(next.clusterStatus("m")).toBe("available");
    // Two nodes more, not four.
    expect(next.backend.nodes.size).toBe(5);
  });

  test("changes the node type of every node", async () => {
    const h = await create(2);
    h.call("ModifyCacheCluster", { ...modify, CacheNodeType: "cache.t3.small" });
    await h.settle();
    expect(describeOne(h)).toMatchObject({ CacheClusterStatus: "available", CacheNodeType: "cache.t3.small" });
    for (const id of ["0001", "0002"]) expect(h.backend.nodes.get(keyOf(h, id))?.spec.nodeType).toBe("cache.t3.small");
  });
});

describe("nodes of memcached", () => {
  test("are rebooted by id, empty, at the same address", async () => {
    const h = await create(3);
    const before = endpoints(h);
    for (const id of ["0001", "0002"]) h.backend.write(keyOf(h, id), "data");
    const answer = h.call("RebootCacheCluster", { CacheClusterId: "m", CacheNodeIdsToReboot: ["0002", "0003"] });
    expect(answer.CacheCluster?.CacheClusterStatus).toBe("rebooting cache cluster nodes");
    expect(answer.CacheCluster?.CacheNodes?.map((node) => node.CacheNodeStatus)).toEqual([
      "available",
      "rebooting cache cluster nodes",
      "rebooting cache cluster nodes",
    ]);
    await h.settle();
    expect(h.clusterStatus("m")).toBe("available");
    expect(endpoints(h)).toEqual(before);
    expect(h.backend.nodes.get(keyOf(h, "0001"))?.data).toHaveLength(4);
    expect(h.backend.nodes.get(keyOf(h, "0002"))?.data).toHaveLength(0);
    expect(h.eventsOf("m")).toContain("Cache node 0003 restarted");
    expect(codeOf(() => h.call("RebootCacheCluster", { CacheClusterId: "m", CacheNodeIdsToReboot: ["0004"] }))).toBe(
      "InvalidParameterValueException",
    );
  });

  test("wait for their own reboot with changed parameters", async () => {
    const h = await create(2);
    const family = { CacheParameterGroupName: "pg", CacheParameterGroupFamily: "memcached1.6", Description: "d" };
    h.call("CreateCacheParameterGroup", family);
    h.call("ModifyCacheCluster", { ...modify, CacheParameterGroupName: "pg" });
    await h.settle();
    const values = [{ ParameterName: "max_item_size", ParameterValue: "2097152" }];
    h.call("ModifyCacheParameterGroup", { CacheParameterGroupName: "pg", ParameterNameValues: values });
    await h.settle();
    const status = () => describeOne(h)?.CacheParameterGroup;
    expect(status()).toMatchObject({
      ParameterApplyStatus: "pending-reboot",
      CacheNodeIdsToReboot: ["0001", "0002"],
    });
    h.call("RebootCacheCluster", { CacheClusterId: "m", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(status()).toMatchObject({ ParameterApplyStatus: "pending-reboot", CacheNodeIdsToReboot: ["0002"] });
    h.call("RebootCacheCluster", { CacheClusterId: "m", CacheNodeIdsToReboot: ["0002"] });
    await h.settle();
    expect(status()).toMatchObject({ ParameterApplyStatus: "in-sync", CacheNodeIdsToReboot: [] });
  });

  test("that are lost come back at their address, while the others serve", async () => {
    const h = await create(2);
    const before = endpoints(h);
    const nodeKey = keyOf(h, "0002");
    h.backend.emit({ nodeKey, type: "lost", message: "evicted" });
    expect(describeOne(h)?.CacheNodes?.map((node) => node.CacheNodeStatus)).toEqual(["available", "modifying"]);
    expect(h.eventsOf("m")).toContain("Recovering cache nodes 0002: evicted");
    h.backend.emit({ nodeKey, type: "recovered", message: "a new Pod" });
    await h.settle();
    expect(h.clusterStatus("m")).toBe("available");
    expect(endpoints(h)).toEqual(before);
    expect(h.eventsOf("m")).toContain("Finished recovery for cache nodes 0002 (empty): a new Pod");
  });

  test("are all deleted with their cluster", async () => {
    const h = await create(5);
    h.call("DeleteCacheCluster", { CacheClusterId: "m" });
    await h.settle();
    expect(h.backend.nodes.size).toBe(0);
    expect(h.clusterStatus("m")).toBeUndefined();
  });

  test("are adopted by the next process", async () => {
    const h = await create(2);
    await h.plane.tasks.stop();
    const next = await nextProcess(h);
    expect(next.backend.nodes.size).toBe(3);
    expect(describeOne(next)).toMatchObject({ CacheClusterStatus: "available", NumCacheNodes: 2 });
  });
});
