import { deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { harness } from "../../test/harness.ts";
import type { CacheCallOptions, CacheNodeStatus } from "../backend/backend.ts";

describe("the time of a creation", () => {
  test("begins anew while the backend says that something goes forward, and is up when it says no more", async () => {
    const h = harness({ settings: { createTimeoutSeconds: 600 } });
    const asked = deferred<CacheCallOptions>();
    h.backend.start = (_spec, options) => {
      asked.resolve(options);
      return new Promise<CacheNodeStatus>((_, reject) => {
        options.signal.addEventListener("abort", () => reject(options.signal.reason as Error));
      });
    };
    h.call("CreateCacheCluster", { CacheClusterId: "slow" });
    const { onProgress } = await asked.promise;
    for (let times = 0; times < 3; times += 1) {
      await h.clock.advance(599_000);
      expect(h.clusterStatus("slow")).toBe("creating");
      onProgress?.();
    }
    await h.clock.advance(600_000);
    expect(h.clusterStatus("slow")).toBe("incompatible-network");
  });
});
