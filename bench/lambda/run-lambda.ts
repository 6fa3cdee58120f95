import { loadavg } from "node:os";
import { type Figure, tableHead, tableRow } from "../lib/figures.ts";
import { findTable, writeTable } from "../lib/write-table.ts";
import { bursting } from "./burst.ts";
import { claims, refilling } from "./claims.ts";
import { ClusterServer } from "./cluster-server.ts";
import { cold, coldAtOnce } from "./cold.ts";
import { named, type Sample, samples } from "./samples.ts";
import { warm } from "./warm.ts";

export interface LambdaBenchOptions {
  readonly kubeconfig: string | undefined;
  /** The address at which Pods reach this machine. Default: that of the first node, for a cluster on this very machine. */
  readonly host: string | undefined;
  /** How often the pool is emptied per sort of function. */
  readonly rounds: number;
  /** Only these of {@link sections}. Default: all. */
  readonly only: readonly string[];
  /** A file in whose table the rows of this run replace those of the same figures. */
  readonly markdown: string | undefined;
}

const poolSize = 5;
const idleMiB = 16;

interface Run {
  readonly server: ClusterServer;
  readonly all: readonly Sample[];
  readonly first: Sample;
  readonly rounds: number;
}

type Section = (run: Run) => Promise<Figure[]>;

const withPool: Readonly<Record<string, Section>> = {
  claims: ({ server, all, rounds }) => claims(server, all, { rounds, poolSize }),
  warm: ({ server, first }) => warm(server, first),
  burst: ({ server, first }) => bursting(server, first, poolSize),
  refilling: async ({ server, first }) => [await refilling(server, first, poolSize)],
  idle: async ({ server }) => {
    await server.poolAtRest();
    return [...(await server.idleMemoryMiB())].map(([image, times]) => {
      const most = Math.max(...times);
      const bars = [{ text: `all ≤ ${idleMiB}`, met: most <= idleMiB }];
      return {
        name: `waiting Pod, memory of its cgroup: ${image}`,
        times,
        unit: "MiB",
        bars,
        note: `at most ${most.toFixed(1)}`,
      };
    });
  },
};
const withoutPool: Readonly<Record<string, Section>> = {
  cold: ({ server, all, first }) => cold(server, all, first),
  "cold-at-once": async ({ server }) => [await coldAtOnce(server)],
};

/** What can be measured by itself, in the order in which it is. */
export const sections: readonly string[] = [...Object.keys(withPool), ...Object.keys(withoutPool)];

/**
 * What an invocation through the AWS API costs on a cluster: with a Pod of the pool, warm, many at once, cold. Bars are for an
 * otherwise quiet machine of two cores that has the cluster, the server and this client.
 */
export async function runLambda(options: LambdaBenchOptions): Promise<void> {
  if (options.kubeconfig === undefined) return console.log("Left out: it needs a cluster; give --kubeconfig PATH.");
  const { kubeconfig, host, rounds, markdown } = options;
  if (markdown !== undefined) await findTable(markdown, "lambda");
  const wanted = (name: string): boolean => options.only.length === 0 || options.only.includes(name);
  const all = await samples();
  const [first] = all as [Sample];
  const before = loadavg()[0]?.toFixed(1);
  const started = performance.now();
  const rows: string[] = [];
  console.log(tableHead);
  for (const [group, size] of [
    [withPool, poolSize],
    [withoutPool, 0],
  ] as const) {
    const chosen = Object.entries(group).filter(([name]) => wanted(name));
    if (chosen.length === 0) continue;
    const settings = { FAKECLOUD_LAMBDA_K8S_POOL_SIZE: String(size) };
    await using server = await ClusterServer.start(kubeconfig, host, settings);
    if (size > 0)
      for (const sample of all)
        for (let index = 0; index < size; index += 1) await server.create(sample, named(sample, index));
    for (const [, section] of chosen) {
      for (const figure of await section({ server, all, first, rounds })) {
        rows.push(tableRow(figure));
        console.log(rows.at(-1));
      }
    }
  }
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const about = `${minutes} minutes; load average ${before} before the run, ${loadavg()[0]?.toFixed(1)} after it.`;
  console.log(`\n${about}`);
  if (markdown !== undefined) await writeTable(markdown, "lambda", rows);
}
