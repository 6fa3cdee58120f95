import { percentile } from "./load.ts";

/** One figure of two contestants: a row with both medians, the 95th percentiles, how many values those are of, and the ratio. */
export function row(name: string, ours: readonly number[], theirs: readonly number[], digits = 1): void {
  const text = (values: readonly number[]): string =>
    values.length === 1
      ? (values[0] ?? Number.NaN).toFixed(digits)
      : `${percentile(values, 0.5).toFixed(digits)} (${percentile(values, 0.95).toFixed(digits)})`;
  const ratio = percentile(ours, 0.5) / percentile(theirs, 0.5);
  console.log(
    `| ${name} | ${Math.min(ours.length, theirs.length)} | ${text(ours)} | ${text(theirs)} | ${ratio.toFixed(2)} |`,
  );
}

/** How often something happened to each of two contestants, of so many times. */
export function count(name: string, ours: readonly number[], theirs: readonly number[]): void {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  console.log(`| ${name} | ${Math.min(ours.length, theirs.length)} | ${sum(ours)} | ${sum(theirs)} | |`);
}
