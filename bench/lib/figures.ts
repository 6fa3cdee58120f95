import { percentile } from "./load.ts";

/** What a figure has to reach, and whether it did. */
export interface Bar {
  readonly text: string;
  readonly met: boolean;
}

/** One row of the table. */
export interface Figure {
  readonly name: string;
  /** Milliseconds of every sample. */
  readonly times: readonly number[];
  readonly bars?: readonly Bar[];
  /** What else was seen: a rate, a ratio to the peer or the floor. */
  readonly note?: string;
  /** Default: ms. */
  readonly unit?: "MiB" | "MiB/s" | "per second";
}

export const tableHead =
  "| figure | n | p50 | p95 | p99 | bar | | seen beside it |\n| --- | --- | --- | --- | --- | --- | --- | --- |";

export const median = (times: readonly number[]): number => percentile(times, 0.5);

export function atMost(share: 0.5 | 0.95 | 0.99, times: readonly number[], limit: number): Bar {
  return { text: `p${share * 100} ≤ ${limit}`, met: percentile(times, share) <= limit };
}

export function allAtMost(times: readonly number[], limit: number): Bar {
  return { text: `all ≤ ${limit}`, met: Math.max(...times) <= limit };
}

/** The row in Markdown; figures of few samples have a p95 and p99 that are the maximum. */
export function tableRow({ name, times, bars = [], note = "", unit }: Figure): string {
  const digits = median(times) < 10 ? 2 : median(times) < 100 ? 1 : 0;
  const shares = [0.5, 0.95, 0.99].map((share) => percentile(times, share).toFixed(digits));
  const verdict = bars.length === 0 ? "" : bars.every(({ met }) => met) ? "met" : missed(bars);
  const title = unit === undefined ? name : `${name}, ${unit}`;
  return `| ${[title, times.length, ...shares, bars.map(({ text }) => text).join(", "), verdict, note].join(" | ")} |`;
}

function missed(bars: readonly Bar[]): string {
  const failed = bars.filter(({ met }) => !met);
  return failed.length === bars.length ? "**not met**" : `**not met**: ${failed.map(({ text }) => text).join(", ")}`;
}
