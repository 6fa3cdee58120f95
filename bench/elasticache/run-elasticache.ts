import { loadavg } from "node:os";
import { type Figure, tableHead, tableRow } from "../lib/figures.ts";
import { findTable, writeTable } from "../lib/write-table.ts";
import { CacheServer } from "./cache-server.ts";
import { creating, failingOver, rebooting } from "./lifecycle.ts";
import { snapshotting } from "./snapshots.ts";
import { throughput } from "./throughput.ts";

export interface CacheBenchOptions {
  readonly kubeconfig: string | undefined;
  /** The address at which Pods reach this machine. Default: that of the first node. */
  readonly host: string | undefined;
  readonly rounds: number;
  /** Of the data set that is stored. */
  readonly sizeMiB: number;
  /** Only these of {@link cacheSections}. Default: all. */
  readonly only: readonly string[];
  /** A file in whose table the rows of this run replace those of the same figures. */
  readonly markdown: string | undefined;
}

type Section = (server: CacheServer, options: CacheBenchOptions) => Promise<Figure[]>;

const sections: Readonly<Record<string, Section>> = {
  create: async (server, { rounds }) => [await creating(server, rounds)],
  reboot: async (server, { rounds }) => [await rebooting(server, rounds)],
  failover: async (server, { rounds }) => [await failingOver(server, rounds)],
  throughput: (server, { rounds }) => throughput(server, rounds),
  snapshot: (server, { sizeMiB }) => snapshotting(server, sizeMiB, 3),
};

/** What can be measured by itself, in the order in which it is. */
export const cacheSections: readonly string[] = Object.keys(sections);

/** What caches on a cluster cost: until they are there, when they fail, through their endpoints, and while snapshots are taken. */
export async function runElastiCache(options: CacheBenchOptions): Promise<void> {
  const { kubeconfig, host, only, markdown } = options;
  if (kubeconfig === undefined) return console.log("Left out: it needs a cluster; give --kubeconfig PATH.");
  if (markdown !== undefined) await findTable(markdown, "elasticache");
  const before = loadavg()[0]?.toFixed(1);
  const rows: string[] = [];
  console.log(tableHead);
  for (const [name, section] of Object.entries(sections)) {
    if (only.length > 0 && !only.includes(name)) continue;
    // Each with a server of its own: what one has left in memory is nothing to the next.
    await using server = await CacheServer.start(kubeconfig, host);
    for (const figure of await section(server, options)) {
      rows.push(tableRow(figure));
      console.log(rows.at(-1));
    }
  }
  console.log(`\nLoad average ${before} before the run, ${loadavg()[0]?.toFixed(1)} after it.`);
  if (markdown !== undefined) await writeTable(markdown, "elasticache", rows);
}
