import { allAtMost, type Figure, median } from "../lib/figures.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { named, type Sample } from "./samples.ts";

const burst = 20;
const bursts = 4;

/** Functions that are all cold at once, more than there are waiting Pods. An error ends the run. */
export async function bursting(server: ClusterServer, sample: Sample, poolSize: number): Promise<Figure[]> {
  for (let index = poolSize; index < burst; index += 1) await server.create(sample, named(sample, index));
  const names = Array.from({ length: burst }, (_, index) => named(sample, index));
  const whole: number[] = [];
  const single: number[] = [];
  /** When those with a waiting Pod had all answered. */
  const served: number[] = [];
  for (let round = 0; round < bursts; round += 1) {
    await server.poolAtRest();
    const started = performance.now();
    const times = await Promise.all(names.map((name) => server.timed(name)));
    whole.push(performance.now() - started);
    single.push(...times);
    served.push(times.sort((a, b) => a - b)[poolSize - 1] ?? Number.NaN);
    await server.evict(names);
  }
  const of = `burst of ${burst}, pool of ${poolSize}`;
  return [
    {
      name: `${of}: one`,
      times: single,
      bars: [{ text: "no error", met: true }],
      note: `the first ${poolSize} after ${median(served).toFixed(0)}`,
    },
    { name: `${of}: all done`, times: whole, bars: [allAtMost(whole, 6_000)] },
  ];
}
