const firstMs = 200;
const longestMs = 30_000;

/** Full jitter: a random time up to 200 ms, 400 ms, 800 ms … 30 s. The more watchers fail at once, the more they spread. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
}
