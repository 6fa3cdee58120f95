import { PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { addProcessMetrics } from "./process-metrics.ts";

async function collected(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const { promise, resolve } = Promise.withResolvers<void>();
  const observer = new PerformanceObserver(() => resolve());
  observer.observe({ entryTypes: ["gc"] });
  runInNewContext("gc")();
  await promise;
  observer.disconnect();
}

test("watches the process until it is disposed, and no longer", async () => {
  const registry = new Registry();
  const count = async (): Promise<number> => {
    const lines = (await registry.metrics())
      .split("\n")
      .filter((line) => /^nodejs_gc_duration_seconds_count/.test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
  };
  const watching = addProcessMetrics(registry);
  await collected();
  await expect.poll(count).toBeGreaterThan(0);
  watching[Symbol.dispose]();
  const before = await count();
  await collected();
  expect(await count()).toBe(before);
  expect(await registry.metrics()).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
});
