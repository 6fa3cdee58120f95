/** Milliseconds to wait after this many failures in a row: one second, doubled up to half a minute. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(Math.max(failures - 1, 0), 10));
}
