import { setTimeout as delay } from "node:timers/promises";
import { DeleteCacheClusterCommand, RebootCacheClusterCommand } from "@aws-sdk/client-elasticache";
import { allAtMost, type Figure } from "../lib/figures.ts";
import type { CacheServer } from "./cache-server.ts";
import { type Endpoint, Engine } from "./engine.ts";

/** From the request until Describe says available, which it does once the engine answers. */
export async function creating(server: CacheServer, rounds: number): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    const endpoint = await server.createCluster(`made-${round}`);
    times.push(performance.now() - started);
    using engine = new Engine(endpoint);
    await engine.call("PING");
    await server.client.send(new DeleteCacheClusterCommand({ CacheClusterId: `made-${round}` }));
  }
  return { name: "create → available", times };
}

/** From the request until Describe says available again, with the data. */
export async function rebooting(server: CacheServer, rounds: number): Promise<Figure> {
  const CacheClusterId = "rebooted";
  const endpoint = await server.createCluster(CacheClusterId);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    {
      using engine = new Engine(endpoint);
      await engine.call("SET", "round", String(round));
    }
    const started = performance.now();
    await server.client.send(new RebootCacheClusterCommand({ CacheClusterId, CacheNodeIdsToReboot: ["0001"] }));
    await server.clusterAvailable(CacheClusterId);
    times.push(performance.now() - started);
    using engine = new Engine(endpoint);
    if ((await engine.call("GET", "round")) !== String(round)) throw new Error("The reboot lost data");
  }
  return { name: "reboot → available", times };
}

/** The Pod of the primary is deleted without grace: the longest time in which the primary endpoint took no write. */
export async function failingOver(server: CacheServer, rounds: number): Promise<Figure> {
  await server.createGroup("failed");
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { endpoint, primary } = await server.groupAvailable("failed");
    const [pod] = server.podsOf(primary);
    if (pod === undefined) throw new Error(`${primary} has no Pod`);
    const stop = new AbortController();
    const writing = longestGap(endpoint, stop.signal);
    await delay(500);
    server.killPod(pod.name);
    // Until another is the primary, and has been for some time.
    while ((await server.groupAvailable("failed")).primary === primary) await delay(50);
    await delay(2_000);
    stop.abort();
    times.push(await writing);
  }
  return { name: "failover: no write for", times, bars: [allAtMost(times, 5_000)] };
}

async function longestGap(endpoint: Endpoint, signal: AbortSignal): Promise<number> {
  let last = performance.now();
  let longest = 0;
  while (!signal.aborted) {
    using engine = new Engine(endpoint);
    const written = await Promise.race([
      engine.call("SET", "k", "v").then(
        () => true,
        () => false,
      ),
      delay(250, false),
    ]);
    const now = performance.now();
    if (written) {
      longest = Math.max(longest, now - last);
      last = now;
    }
    await delay(5);
  }
  return longest;
}
