import { setTimeout as delay } from "node:timers/promises";
import { atMost, type Bar, type Figure } from "../lib/figures.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { named, type Sample } from "./samples.ts";

/** Between two claims, so that each is one by itself. */
const betweenMs = 60;
const refillClaims = 40;

const bars: Readonly<Record<string, (times: readonly number[]) => Bar[]>> = {
  node: (times) => [atMost(0.5, times, 20), atMost(0.95, times, 40)],
  python: (times) => [atMost(0.5, times, 20), atMost(0.95, times, 40)],
  "node-200-files": (times) => [atMost(0.5, times, 130)],
  go: (times) => [atMost(0.5, times, 45)],
};

/** Claims with the pool at rest: rounds of as many as there wait, every sample in turn. */
export async function claims(
  server: ClusterServer,
  all: readonly Sample[],
  { rounds, poolSize }: { readonly rounds: number; readonly poolSize: number },
): Promise<Figure[]> {
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const sample of all) {
      await server.poolAtRest();
      const names = Array.from({ length: poolSize }, (_, index) => named(sample, index));
      for (const name of names) {
        times.get(sample.name)?.push(await server.timed(name));
        await delay(betweenMs);
      }
      await server.evict(names);
    }
  }
  return [...times].map(([name, of]) => ({
    name: `claim, pool at rest: ${name}`,
    times: of,
    bars: bars[name]?.(of) ?? [],
  }));
}

/** Two claims a second while the pool refills. */
export async function refilling(server: ClusterServer, sample: Sample, poolSize: number): Promise<Figure> {
  await server.poolAtRest();
  const before = await server.missed();
  const running: Promise<number>[] = [];
  for (let claim = 0; claim < refillClaims; claim += 1) {
    const name = named(sample, claim % poolSize);
    running.push(server.timed(name).finally(() => server.evict([name])));
    await delay(500);
  }
  const times = await Promise.all(running);
  return {
    name: `claim, refilling at 2/s: ${sample.name}`,
    times,
    bars: [atMost(0.5, times, 60), atMost(0.95, times, 120)],
    note: `${(await server.missed()) - before} found no waiting Pod`,
  };
}
