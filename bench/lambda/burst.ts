import { percentile } from "../lib/load.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { allAtMost, type Figure } from "./figures.ts";
import { named, type Sample } from "./samples.ts";

const burst = 20;
const bursts = 4;

/** Functions that are all cold at once, more than there are waiting Pods. An error ends the run. */
export async function bursting(server: ClusterServer, sample: Sample, poolSize: number): Promise<Figure[]> {
  for (let index = poolSize; index < burst; index += 1) await server.create(sample, named(sample, index));
  const names = Array.from({ length: burst }, (_, index) => named(sample, index));
  const whole: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < bursts; round += 1) {
    await server.poolAtRest();
    const started = performance.now();
    single.push(...(await Promise.all(names.map((name) => server.timed(name)))));
    whole.push(performance.now() - started);
    await server.evict(names);
  }
  const of = `burst of ${burst}, pool of ${poolSize}`;
  const quarter = percentile(single, poolSize / burst - 0.01).toFixed(0);
  return [
    { name: `${of}: one`, times: single, bars: [{ text: "no error", met: true }], note: `p24 ${quarter}` },
    { name: `${of}: all done`, times: whole, bars: [allAtMost(whole, 6_000)] },
  ];
}
