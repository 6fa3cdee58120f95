import type { LocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ElastiCacheK8sBackend } from "../src/index.ts";
import { spec } from "./support/backend-cases.ts";
import { type CasesBench, openBench, removeGroup, signal } from "./support/cases-bench.ts";
import { embedded } from "./support/embedded-cluster.ts";
import { clusterSpec, evenSlots } from "./support/slot-bench.ts";

describe("images of caches that are pulled slowly", () => {
  let bench: CasesBench;
  let faults: LocalCluster["faults"];
  let backend: ElastiCacheK8sBackend;

  beforeAll(async () => {
    bench = await openBench(async () => {
      const cluster = await embedded();
      faults = cluster.faults;
      return cluster;
    }, "pulls");
    backend = bench.backend({ deleteOnClose: true, startTimeoutMs: 3_000 });
  });

  afterAll(() => bench?.[Symbol.asyncDispose]());

  test("are waited for longer than an engine may take, and whoever asked is told: of a node, of a group, of a reboot", async () => {
    const told = { node: 0, group: 0, reboot: 0 };
    const tell = (what: keyof typeof told) => () => {
      told[what] += 1;
    };
    const node = spec("memcached", "rebooted");
    const group = clusterSpec("pulled-group", evenSlots(1), 2);
    await backend.start(node, { signal: signal() });
    using _slow = faults.slowPull(7_000);
    await Promise.all([
      backend.start(spec("redis", "pulled"), { signal: signal(), onProgress: tell("node") }),
      backend.startGroup(group, { signal: signal(), onProgress: tell("group") }),
      backend.reboot(node, { signal: signal(), onProgress: tell("reboot") }),
    ]);
    for (const times of Object.values(told)) expect(times).toBeGreaterThan(1);
    await removeGroup(backend, group);
  });

  test("hold no writes back for longer than an engine may take: a reboot that would is given up, and the old engine serves", async () => {
    const node = spec("redis", "urgent");
    const before = await backend.start(node, { signal: signal() });
    {
      using _slow = faults.slowPull(7_000);
      await expect(backend.reboot(node, { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_REBOOT_FAILED",
        details: { reason: "Timeout" },
      });
    }
    expect(await backend.start(node, { signal: signal() })).toEqual(before);
    expect(await backend.reboot(node, { signal: signal() })).toMatchObject({ endpoint: before.endpoint });
  });
});
