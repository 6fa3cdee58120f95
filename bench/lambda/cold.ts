import { setTimeout as delay } from "node:timers/promises";
import { allAtMost, atMost, type Figure, median } from "../lib/figures.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { named, type Sample, slowSample, throughEmulator } from "./samples.ts";

const colds = 10;
const atOnce = 10;
const rounds = 3;
const mostOfEmulator = 0.4;

/** Cold starts with the image cached and no pool, beside the transport `rie`, which has an init container; in turn. */
export async function cold(server: ClusterServer, all: readonly Sample[], first: Sample): Promise<Figure[]> {
  const emulated = throughEmulator(first);
  const kinds = [...all, emulated];
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]));
  for (const sample of kinds) await server.create(sample, named(sample, 0));
  for (let round = 0; round < colds; round += 1) {
    for (const sample of kinds) {
      times.get(sample.name)?.push(await server.timed(named(sample, 0)));
      await server.evict([named(sample, 0)]);
      await delay(500);
    }
  }
  const peer = median(times.get(emulated.name) ?? []);
  return [...times].map(([name, of]) => {
    const ratio = median(of) / peer;
    const bars = [atMost(0.5, of, 750), { text: `≤ ${mostOfEmulator} × rie`, met: ratio <= mostOfEmulator }];
    return {
      name: `cold, no pool: ${name}`,
      times: of,
      bars: name === first.name ? bars : [],
      note: name === emulated.name ? "the peer" : `${ratio.toFixed(2)} × rie`,
    };
  });
}

/** Ten events for a function that has no environment and takes a second. */
export async function coldAtOnce(server: ClusterServer): Promise<Figure> {
  const sample = await slowSample();
  const name = named(sample, 0);
  await server.create(sample, name);
  const whole: number[] = [];
  const environments: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await Promise.all(Array.from({ length: atOnce }, () => server.timed(name)));
    whole.push(performance.now() - started);
    environments.push(await server.environments(name));
    await server.evict([name]);
    await delay(500);
  }
  const enough = environments.every((count) => count === atOnce);
  return {
    name: `${atOnce} cold at once, no pool, 1 s handler: all done`,
    times: whole,
    bars: [allAtMost(whole, 5_000), { text: `${atOnce} environments`, met: enough }],
    note: `${environments.join(", ")} environments`,
  };
}
