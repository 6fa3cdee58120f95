import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Figures, load, percentile } from "../lib/load.ts";
import { startMeasured, stop } from "../lib/server-process.ts";
import { ClusterServer } from "./cluster-server.ts";
import { type Sample, samples } from "./samples.ts";

export interface LambdaBenchOptions {
  readonly kubeconfig: string | undefined;
  /** The address at which Pods reach this machine. Default: that of the first node, for a cluster on this very machine. */
  readonly host: string | undefined;
  /** How often the pool is emptied per sort of function; twice as many cold starts. */
  readonly rounds: number;
}

const poolSize = 5;
const refillClaims = 40;
const burst = 20;
const bursts = 4;

function row(name: string, times: readonly number[], bar: string, cold?: number): void {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(times, share));
  const ratio = cold === undefined || p50 === undefined ? "" : (p50 / cold).toFixed(3);
  const figures = [p50, p95, p99].map((value) => (value ?? Number.NaN).toFixed(1)).join(" | ");
  console.log(`| ${name} | ${times.length} | ${figures} | ${bar} | ${ratio} |`);
}

const named = (sample: Sample, index: number): string => `${sample.name}-${index}`;

async function createAll(server: ClusterServer, all: readonly Sample[], count: number): Promise<void> {
  for (const sample of all)
    for (let index = 0; index < count; index += 1) await server.create(sample, named(sample, index));
}

/** Cold starts with the image cached, no pool; median per sample. */
async function cold(server: ClusterServer, all: readonly Sample[], rounds: number): Promise<Map<string, number>> {
  await createAll(server, all, 1);
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < 2 * rounds; round += 1) {
    for (const sample of all) {
      times.get(sample.name)?.push(await server.timed(named(sample, 0)));
      await server.evict(named(sample, 0));
      await delay(500);
    }
  }
  for (const [name, of] of times) row(`cold, no pool: ${name}`, of, name === "node" ? "≤ 750" : "");
  return new Map([...times].map(([name, of]) => [name, percentile(of, 0.5)]));
}

/** Claims with the pool at rest: rounds of as many as there wait, every sample in turn. */
async function claims(
  server: ClusterServer,
  all: readonly Sample[],
  rounds: number,
  coldOf: Map<string, number>,
): Promise<void> {
  const bars: Record<string, string> = {
    node: "≤ 20 / 40",
    python: "≤ 20 / 40",
    "node-200-files": "≤ 130",
    go: "≤ 45",
  };
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const sample of all) {
      await server.poolAtRest();
      for (let index = 0; index < poolSize; index += 1) {
        times.get(sample.name)?.push(await server.timed(named(sample, index)));
        await delay(60);
      }
      for (let index = 0; index < poolSize; index += 1) await server.evict(named(sample, index));
    }
  }
  for (const [name, of] of times) row(`claim, pool at rest: ${name}`, of, bars[name] ?? "", coldOf.get(name));
}

/** Two claims a second while the pool refills. */
async function refilling(server: ClusterServer, sample: Sample, coldMs: number | undefined): Promise<void> {
  await server.poolAtRest();
  const before = (await server.pools()).reduce((sum, { missed }) => sum + missed, 0);
  const times: Promise<number>[] = [];
  for (let claim = 0; claim < refillClaims; claim += 1) {
    const name = named(sample, claim % poolSize);
    times.push(server.timed(name).finally(() => server.evict(name)));
    await delay(500);
  }
  const missed = (await server.pools()).reduce((sum, { missed: now }) => sum + now, 0) - before;
  row(`claim, refilling at 2/s: ${sample.name} (${missed} found none)`, await Promise.all(times), "≤ 60 / 120", coldMs);
}

/** Beside an empty node:http server. */
async function warm(server: ClusterServer, sample: Sample): Promise<void> {
  const floor = await startMeasured(new URL("../floor-server.ts", import.meta.url), [], "/");
  try {
    const call = server.call(named(sample, 0));
    for (const [name, count, connections, bar] of [
      ["one at a time", 900, 1, "p50 ≤ 2, p99 ≤ 10"],
      ["8 at once", 4_000, 8, "≥ 1000 per second"],
    ] as const) {
      const measured: Figures[] = [];
      for (const url of [floor.url, call.url]) {
        // A first round warms it up; the second counts.
        await load({ ...call, url }, count / 4, connections);
        measured.push(await load({ ...call, url }, count, connections));
      }
      const [base, ours] = measured as [Figures, Figures];
      const speed = `${ours.perSecond.toFixed(0)} per second, ${(ours.perSecond / base.perSecond).toFixed(2)} of an empty server's`;
      row(`warm, ${name}: ${sample.name}; ${speed}`, ours.times, bar);
    }
  } finally {
    await stop(floor.child);
  }
}

/** Functions that are all cold at once, more than there are waiting Pods. */
async function bursting(server: ClusterServer, sample: Sample): Promise<void> {
  const whole: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < bursts; round += 1) {
    await server.poolAtRest();
    const started = performance.now();
    single.push(
      ...(await Promise.all(Array.from({ length: burst }, (_, index) => server.timed(named(sample, index))))),
    );
    whole.push(performance.now() - started);
    for (let index = 0; index < burst; index += 1) await server.evict(named(sample, index));
  }
  row(`burst of ${burst}, pool of ${poolSize}: one`, single, "no error");
  row(`burst of ${burst}, pool of ${poolSize}: all done`, whole, "≤ 6000");
}

/**
 * What an invocation through the AWS API costs on a cluster: cold, with a Pod of the pool, warm, many at once. Cold figures are the ratio's
 * base for those of the pool. Bars are for an otherwise quiet machine of two cores.
 */
export async function runLambda({ kubeconfig, host, rounds }: LambdaBenchOptions): Promise<void> {
  if (kubeconfig === undefined) return console.log("Left out: it needs a cluster; give --kubeconfig PATH.");
  const all = await samples();
  const [first] = all as [Sample];
  console.log(`Load average ${loadavg()[0]?.toFixed(1)} before the run\n`);
  console.log(
    "| figure | n | p50 ms | p95 ms | p99 ms | bar | p50 / cold p50 |\n| --- | --- | --- | --- | --- | --- | --- |",
  );
  let coldOf: Map<string, number>;
  {
    await using server = await ClusterServer.start(kubeconfig, host, { FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "0" });
    coldOf = await cold(server, all, rounds);
  }
  await using server = await ClusterServer.start(kubeconfig, host, {
    FAKECLOUD_LAMBDA_K8S_POOL_SIZE: String(poolSize),
  });
  await createAll(server, all, poolSize);
  await claims(server, all, rounds, coldOf);
  await refilling(server, first, coldOf.get(first.name));
  await warm(server, first);
  for (let index = poolSize; index < burst; index += 1) await server.create(first, named(first, index));
  await bursting(server, first);
  await server.poolAtRest();
  const memory = server.idleMemoryMiB();
  const most = Math.max(...memory).toFixed(1);
  console.log(
    `\nA waiting Pod uses ${percentile(memory, 0.5).toFixed(1)} MiB (n ${memory.length}, most ${most}; bar 16)`,
  );
  console.log(`Load average ${loadavg()[0]?.toFixed(1)} after the run`);
}
