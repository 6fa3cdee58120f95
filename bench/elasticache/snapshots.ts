import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { CreateSnapshotCommand } from "@aws-sdk/client-elasticache";
import type { Figure } from "../lib/figures.ts";
import { percentile } from "../lib/load.ts";
import { residentMiB } from "../lib/server-process.ts";
import type { CacheServer } from "./cache-server.ts";
import { type Endpoint, Engine } from "./engine.ts";

const mostMiB = 64;
const mostRatio = 3;

/** A data set that does not compress: how fast it is stored and restored, what the server needs for it, and what readers notice. */
export async function snapshotting(server: CacheServer, sizeMiB: number, rounds: number): Promise<Figure[]> {
  const endpoint = await server.createCluster("large", { CacheNodeType: "cache.m5.large" });
  await fill(endpoint, sizeMiB);
  const quiet = await reading(endpoint, delay(5_000));
  const before = residentMiB(server.pid);
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, residentMiB(server.pid));
  }, 20);
  const rates: number[] = [];
  let busy: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await server.client.send(new CreateSnapshotCommand({ CacheClusterId: "large", SnapshotName: `s-${round}` }));
    busy = busy.concat(await reading(endpoint, server.snapshotAvailable(`s-${round}`)));
    rates.push((sizeMiB / (performance.now() - started)) * 1_000);
    await server.clusterAvailable("large");
  }
  clearInterval(watching);
  const started = performance.now();
  const restored = await server.createCluster("restored", { CacheNodeType: "cache.m5.large", SnapshotName: "s-0" });
  const restoredMs = performance.now() - started;
  await sameContent(endpoint, restored, sizeMiB);
  const [p99, of] = [percentile(busy, 0.99), percentile(quiet, 0.99)];
  return [
    {
      name: `snapshot of ${sizeMiB} MiB`,
      times: rates,
      unit: "MiB/s",
      bars: [{ text: `server memory ≤ +${mostMiB} MiB`, met: most - before <= mostMiB }],
      note: `the server had ${before.toFixed(0)} MiB, and ${most.toFixed(0)} at most`,
    },
    { name: "GET without a snapshot", times: quiet, note: "the floor" },
    {
      name: "GET while the snapshot is taken",
      times: busy,
      bars: [{ text: `p99 ≤ ${mostRatio} × without`, met: p99 <= mostRatio * of }],
      note: `${(p99 / of).toFixed(2)} × without`,
    },
    { name: `restore of ${sizeMiB} MiB: create → available`, times: [restoredMs] },
  ];
}

/** Every key by its value's SHA-1, which the engines compute. */
async function sameContent(source: Endpoint, restored: Endpoint, keys: number): Promise<void> {
  using before = new Engine(source);
  using after = new Engine(restored);
  const size = await after.call("DBSIZE");
  if (size !== `:${keys}`) throw new Error(`The restored cluster has ${size} keys instead of ${keys}`);
  const digest = "return redis.sha1hex(redis.call('GET', KEYS[1]))";
  for (let at = 0; at < keys; at += 1) {
    const [wanted, found] = await Promise.all(
      [before, after].map((engine) => engine.call("EVAL", digest, "1", `key-${at}`)),
    );
    if (found !== wanted) throw new Error(`The restored key-${at} has the SHA-1 ${found} instead of ${wanted}`);
  }
}

async function fill(endpoint: Endpoint, sizeMiB: number): Promise<void> {
  using engine = new Engine(endpoint);
  for (let at = 0; at < sizeMiB; at += 1) await engine.call("SET", `key-${at}`, randomBytes(1_048_576));
  await engine.call("SET", "key-0", "small");
}

/** Milliseconds of GETs, one after the other, until something is done. */
async function reading(endpoint: Endpoint, done: Promise<unknown>): Promise<number[]> {
  using engine = new Engine(endpoint);
  const times: number[] = [];
  let going = true;
  const end = done.finally(() => {
    going = false;
  });
  while (going) {
    const started = performance.now();
    await engine.call("GET", "key-0");
    times.push(performance.now() - started);
  }
  await end;
  return times;
}
