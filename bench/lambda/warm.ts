import { atMost, type Figure, median } from "../lib/figures.ts";
import { load } from "../lib/load.ts";
import { startMeasured, stop } from "../lib/server-process.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { named, type Sample, throughEmulator } from "./samples.ts";

const rounds = 6;
const connections = 8;
const wantedPerSecond = 1_000;

interface Measured {
  readonly times: number[];
  /** Invocations per second of each round. */
  readonly rates: number[];
}

/** Warm invocations beside the transport `rie` and an empty node:http server, in turn: one at a time, then many at once. */
export async function warm(server: ClusterServer, sample: Sample): Promise<Figure[]> {
  const emulated = throughEmulator(sample);
  await server.create(emulated, named(emulated, 0));
  const floor = await startMeasured(new URL("../floor-server.ts", import.meta.url), [], "/");
  try {
    const call = server.call(named(sample, 0));
    const urls = { ours: call.url, peer: server.call(named(emulated, 0)).url, floor: floor.url };
    const measure = async (count: number, parallel: number): Promise<Record<keyof typeof urls, Measured>> => {
      const seen = { ours: none(), peer: none(), floor: none() };
      // The first round brings the environments up.
      for (const url of Object.values(urls)) await load({ ...call, url }, count, parallel);
      for (let round = 0; round < rounds; round += 1) {
        for (const who of ["ours", "peer", "floor"] as const) {
          const { times, perSecond } = await load({ ...call, url: urls[who] }, count, parallel);
          seen[who].times.push(...times);
          seen[who].rates.push(perSecond);
        }
      }
      return seen;
    };
    return [...oneAtATime(await measure(150, 1), sample), ...manyAtOnce(await measure(1_000, connections), sample)];
  } finally {
    await stop(floor.child);
  }
}

const none = (): Measured => ({ times: [], rates: [] });

function oneAtATime({ ours, peer, floor }: Record<"ours" | "peer" | "floor", Measured>, { name }: Sample): Figure[] {
  const [own, others] = [median(ours.times), median(peer.times)];
  return [
    {
      name: `warm, one at a time: ${name}`,
      times: ours.times,
      bars: [atMost(0.5, ours.times, 2), atMost(0.99, ours.times, 10), { text: "p50 below rie's", met: own < others }],
      note: `${(own / others).toFixed(2)} × rie, ${(own / median(floor.times)).toFixed(1)} × an empty server`,
    },
    { name: "warm, one at a time: through rie", times: peer.times, note: "the peer" },
  ];
}

function manyAtOnce({ ours, peer, floor }: Record<"ours" | "peer" | "floor", Measured>, { name }: Sample): Figure[] {
  const [own, others, empty] = [ours, peer, floor].map(({ rates }) => median(rates)) as [number, number, number];
  return [
    {
      name: `warm, ${connections} at once: ${name}`,
      times: ours.times,
      bars: [{ text: `≥ ${wantedPerSecond} per second`, met: own >= wantedPerSecond }],
      note: `${own.toFixed(0)} per second (${Math.max(...ours.rates).toFixed(0)} in the best of ${rounds} rounds), ${(own / others).toFixed(1)} × rie, ${(own / empty).toFixed(2)} × an empty server`,
    },
    {
      name: `warm, ${connections} at once: through rie`,
      times: peer.times,
      note: `${others.toFixed(0)} per second; the peer`,
    },
  ];
}
