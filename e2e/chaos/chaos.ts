import { setTimeout as delay } from "node:timers/promises";
import type { CacheLoad } from "../load/cache-load.ts";
import type { Ground } from "../load/ground.ts";
import { Load } from "../load/load.ts";
import { seededChance } from "../load/seeded-chance.ts";
import { Tally } from "../load/tally.ts";

export interface ChaosOptions {
  readonly ground: Ground;
  readonly seconds: number;
  /** What the acts and their moments are drawn from. The same seed draws the same, though not the same interleaving. */
  readonly seed: number;
  /** Between two acts, at most. */
  readonly longestPauseMs?: number;
  /** Does something while the API server is away, where that can be had. */
  readonly withoutApi?: ((work: () => Promise<void>) => Promise<void>) | undefined;
  readonly onAct?: (act: string, load: Load) => void;
}

export interface ChaosReport {
  readonly acts: Tally;
  readonly load: Load;
  /** What was lost or wrong: lines for people. */
  readonly problems: readonly string[];
}

type Act = (load: Load) => Promise<string>;

const outageMs = 3_000;
/** Until a node came back and has all data. */
const longestSyncMs = 30_000;

/**
 * Takes away Pods of functions and caches, the server and the API server, under load. Every answer must be right or an error of AWS's, every accepted
 * event must be delivered, and what a replica has acknowledged must stay.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { ground, seconds, seed, longestPauseMs = 4_000, onAct } = options;
  const chance = seededChance(seed);
  const acts = new Tally();
  await using load = await Load.start(ground, seededChance(seed + 1));
  const choices = actsOn(options, chance);
  const until = performance.now() + seconds * 1_000;
  for (let turn = 0; turn < choices.length || performance.now() < until; turn += 1) {
    await delay(chance() * longestPauseMs);
    // Each of them once, then at random.
    const act = choices[turn] ?? choices[Math.floor(chance() * choices.length)];
    const done = (await act?.(load)) ?? "nothing";
    acts.add(done);
    onAct?.(done, load);
  }
  await load.stop();
  return { acts, load, problems: await load.settle() };
}

function actsOn({ ground, withoutApi }: ChaosOptions, chance: () => number): Act[] {
  const kill = async (what: string, selector: string): Promise<string> => {
    const found = await podsOf(ground, selector);
    const name = found[Math.floor(chance() * found.length)]?.name;
    if (name === undefined) return `no ${what}`;
    await ground.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=false", "--ignore-not-found");
    return what;
  };
  const acts: Act[] = [
    () => kill("function Pod", "fakecloud-service=lambda"),
    () => kill("node of the cluster", "fakecloud-elasticache=single"),
    async (load) => {
      // Who loses both nodes of a pair at once has lost its data, on AWS as well.
      if (!(await isWhole(ground, load.cache("pair")))) return "no pair that is whole";
      return kill("node of the pair", "fakecloud-elasticache=pair");
    },
    async (load) => {
      await ground.killServer();
      if (!ground.outlived) for (const cache of load.caches) cache.load.forget();
      return "server";
    },
  ];
  if (withoutApi !== undefined)
    acts.push(async () => {
      await withoutApi(() => delay(outageMs));
      return "API server";
    });
  return acts;
}

/** Waits until both nodes of a pair are there and the replica has all that the primary has. */
async function isWhole(ground: Ground, pair: CacheLoad): Promise<boolean> {
  const until = performance.now() + longestSyncMs;
  while ((await podsOf(ground, "fakecloud-elasticache=pair")).filter(({ ready }) => ready).length !== 2)
    if (performance.now() > until) return false;
  pair.deny();
  while (!pair.synced && performance.now() < until) await delay(50);
  return pair.synced;
}

/** Pods that nobody has deleted yet. */
async function podsOf(ground: Ground, selector: string): Promise<{ readonly name: string; readonly ready: boolean }[]> {
  const { items } = JSON.parse(await ground.kubectl("get", "pods", "-l", selector, "-o", "json")) as {
    items: {
      metadata: { name: string; deletionTimestamp?: string };
      status?: { conditions?: { type: string; status: string }[] };
    }[];
  };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name }, status }) => ({
      name,
      ready: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    }));
}
