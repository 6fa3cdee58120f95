import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { CreateSnapshotCommand } from "@aws-sdk/client-elasticache";
import type { Figure } from "../lib/figures.ts";
import { percentile } from "../lib/load.ts";
import { residentMiB } from "../lib/server-process.ts";
import { saveByItself, startBareEngine } from "./bare-engine.ts";
import type { CacheServer } from "./cache-server.ts";
import { type Endpoint, Engine } from "./engine.ts";
import { readingDuring } from "./reading.ts";

const mostMiB = 64;
const mostRatio = 3;
const restMs = 5_000;
/** A small value: what is measured is waiting. */
const readKey = "key-0";

/**
 * A data set that does not compress: how fast it is stored and restored, what the server needs for it, and what readers notice. Readers are
 * measured in turn: at rest, during a snapshot, and while the same engine without the server writes one into a file (`BGSAVE`).
 */
export async function snapshotting(server: CacheServer, sizeMiB: number, rounds: number): Promise<Figure[]> {
  const endpoint = await server.createCluster("large", { CacheNodeType: "cache.m5.large" });
  await fill(endpoint, sizeMiB);
  const bare = startBareEngine(server);
  await fill(bare, sizeMiB);
  const memory = watchMemory(server.pid);
  const rates: number[] = [];
  const [quiet, busy, alone]: [number[][], number[][], number[][]] = [[], [], []];
  const during = async (into: number[][], engine: Endpoint, work: () => Promise<unknown>): Promise<void> => {
    into.push([...(await readingDuring(engine, readKey, work))]);
  };
  for (let round = 0; round < rounds; round += 1) {
    await during(quiet, endpoint, () => delay(restMs));
    await during(busy, endpoint, async () => {
      const started = performance.now();
      await server.client.send(new CreateSnapshotCommand({ CacheClusterId: "large", SnapshotName: `s-${round}` }));
      await server.snapshotAvailable(`s-${round}`);
      rates.push((sizeMiB / (performance.now() - started)) * 1_000);
    });
    await server.clusterAvailable("large");
    await during(alone, bare, () => saveByItself(bare));
  }
  const { before, most } = memory.stop();
  const restored = await restoring(server, endpoint, sizeMiB);
  return [
    {
      name: `snapshot of ${sizeMiB} MiB`,
      times: rates,
      unit: "MiB/s",
      bars: [{ text: `server memory ≤ +${mostMiB} MiB`, met: most - before <= mostMiB }],
      note: `the server had ${before.toFixed(0)} MiB, and ${most.toFixed(0)} at most`,
    },
    ...readers(quiet.flat(), busy.flat(), alone.flat()),
    restored,
  ];
}

function readers(quiet: readonly number[], busy: readonly number[], alone: readonly number[]): Figure[] {
  const [floor, ours, peer] = [quiet, busy, alone].map((times) => percentile(times, 0.99)) as [number, number, number];
  return [
    { name: "GET without a snapshot", times: quiet, note: "the floor" },
    {
      name: "GET while the snapshot is taken",
      times: busy,
      bars: [{ text: `p99 ≤ ${mostRatio} × without`, met: ours <= mostRatio * floor }],
      note: `${(ours / floor).toFixed(2)} × without, ${(ours / peer).toFixed(2)} × the engine's own`,
    },
    {
      name: "GET while the engine alone writes one",
      times: alone,
      note: `${(peer / floor).toFixed(2)} × without; the peer`,
    },
  ];
}

function watchMemory(pid: number): { readonly stop: () => { readonly before: number; readonly most: number } } {
  const before = residentMiB(pid);
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, 100);
  return {
    stop: () => {
      clearInterval(watching);
      return { before, most };
    },
  };
}

async function restoring(server: CacheServer, source: Endpoint, sizeMiB: number): Promise<Figure> {
  const started = performance.now();
  const restored = await server.createCluster("restored", { CacheNodeType: "cache.m5.large", SnapshotName: "s-0" });
  const restoredMs = performance.now() - started;
  await sameContent(source, restored, sizeMiB);
  return { name: `restore of ${sizeMiB} MiB: create → available`, times: [restoredMs] };
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
  await engine.call("SET", readKey, "small");
}
